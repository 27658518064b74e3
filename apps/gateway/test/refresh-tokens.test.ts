import { expect, test } from 'vitest';
import type { Session } from '@ticketing/types/account';
import pg from 'pg';
import { openDatabase } from '../src/database.ts';
import { deleteExpired } from '../src/refresh-tokens.ts';
import { asAdmin, PASSWORD, startGateway, type Gateway } from './gateway.ts';

test('a refresh token is good once, and then the next one is', async () => {
  const gateway = await startGateway();
  const first = await gateway.register();
  const second = await refresh(gateway, first.refreshToken);
  expect(second.status).toBe(200);
  const session = (await second.json()) as Session;
  expect(session).toMatchObject({ user: first.user, expiresIn: 900 });
  expect(session.refreshToken).not.toBe(first.refreshToken);
  expect((await refresh(gateway, session.refreshToken)).status).toBe(200);
});

test('using a spent one revokes all that came from the same sign-in, and no other', async () => {
  const gateway = await startGateway();
  const stolen = await gateway.register();
  const login = await gateway.post('/auth/login', { email: stolen.user.email, password: PASSWORD });
  const elsewhere = (await login.json()) as Session;
  const next = (await (await refresh(gateway, stolen.refreshToken)).json()) as Session;

  const reused = await refresh(gateway, stolen.refreshToken);
  expect(reused.status).toBe(401);
  expect(await reused.json()).toMatchObject({ code: 'UNAUTHENTICATED' });
  expect((await refresh(gateway, next.refreshToken)).status).toBe(401);
  expect((await refresh(gateway, elsewhere.refreshToken)).status).toBe(200);
});

test('of 20 refreshes with the same token at once, one wins, and its sign-in is revoked', async () => {
  const gateway = await startGateway();
  for (let round = 0; round < 5; round++) {
    const { refreshToken } = await gateway.register();
    const responses = await Promise.all(Array.from({ length: 20 }, () => refresh(gateway, refreshToken)));
    expect(responses.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(19).fill(401)]);
    const winner = (await responses.find(({ status }) => status === 200)?.json()) as Session;
    expect((await refresh(gateway, winner.refreshToken)).status).toBe(401);
  }
});

test('signing out revokes the sign-in, also through an older token of it', async () => {
  const gateway = await startGateway();
  const first = await gateway.register();
  const second = (await (await refresh(gateway, first.refreshToken)).json()) as Session;
  const logout = await gateway.post('/auth/logout', { refreshToken: first.refreshToken });
  expect(logout.status).toBe(204);
  expect(await logout.text()).toBe('');
  expect((await refresh(gateway, second.refreshToken)).status).toBe(401);
});

test('signing out with a token that nobody knows is no error', async () => {
  const gateway = await startGateway();
  expect((await gateway.post('/auth/logout', { refreshToken: 'unknown' })).status).toBe(204);
});

test('refreshing shows a role that has changed', async () => {
  const gateway = await startGateway();
  const { refreshToken } = await gateway.register();
  await asAdmin(gateway.database, `update users set role = 'admin'`);
  const session = (await (await refresh(gateway, refreshToken)).json()) as Session;
  expect(session.user.role).toBe('admin');
  const payload = Buffer.from(session.accessToken.split('.')[1] ?? '', 'base64url').toString();
  expect(payload).toContain('"role":"admin"');
});

test('an expired token is refused, and so is one that is not ours', async () => {
  const gateway = await startGateway();
  const { refreshToken } = await gateway.register();
  await asAdmin(gateway.database, `update refresh_tokens set expires_at = now() - interval '1 second'`);
  for (const token of [refreshToken, 'x', '\u0000', 'A'.repeat(43)]) {
    expect((await refresh(gateway, token)).status).toBe(401);
  }
});

test('a token lives 30 days, and no longer than its sign-in may be renewed', async () => {
  const gateway = await startGateway();
  const { refreshToken } = await gateway.register();
  expect(await daysLeft(gateway)).toEqual([30]);
  await asAdmin(gateway.database, `update token_families set ends_at = now() + interval '10 days'`);
  await refresh(gateway, refreshToken);
  expect(await daysLeft(gateway)).toEqual([10, 30]);
});

test('the database knows no token, only hashes of them', async () => {
  const gateway = await startGateway();
  const { refreshToken } = await gateway.register();
  const rows = await asAdmin<{ hex: string }>(
    gateway.database,
    `select encode(token_hash, 'hex') as hex from refresh_tokens where token_hash = sha256($1::bytea)`,
    [Buffer.from(refreshToken)],
  );
  expect(rows).toHaveLength(1);
});

test('what has expired is deleted, a batch at a time, and nothing else', async () => {
  const gateway = await startGateway();
  const { user, refreshToken } = await gateway.register();
  await asAdmin(
    gateway.database,
    `insert into token_families (id, user_id, ends_at)
     select gen_random_uuid(), '${user.id}', now() - interval '1 day' from generate_series(1, 1200)`,
  );
  await asAdmin(
    gateway.database,
    `insert into refresh_tokens (token_hash, family_id, expires_at)
     select sha256(id::text::bytea), id, ends_at from token_families where ends_at < now()`,
  );
  const pool = new pg.Pool({ connectionString: gateway.database.urls.gateway, options: '-c search_path=identity' });
  try {
    const db = openDatabase(pool);
    expect(await deleteExpired(db)).toBe(2_000);
    expect(await deleteExpired(db)).toBeLessThanOrEqual(400);
    expect(await deleteExpired(db)).toBe(0);
  } finally {
    await pool.end();
  }
  expect(await asAdmin(gateway.database, 'select from refresh_tokens')).toHaveLength(1);
  expect((await refresh(gateway, refreshToken)).status).toBe(200);
});

function refresh(gateway: Gateway, refreshToken: string): Promise<Response> {
  return gateway.post('/auth/refresh', { refreshToken });
}

async function daysLeft(gateway: Gateway): Promise<number[]> {
  const rows = await asAdmin<{ days: number }>(
    gateway.database,
    `select round(extract(epoch from expires_at - now()) / 86400)::int as days from refresh_tokens order by expires_at`,
  );
  return rows.map(({ days }) => days);
}
