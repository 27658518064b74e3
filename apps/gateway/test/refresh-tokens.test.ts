import { createHash, createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Session } from '@ticketing/types/account';
import pg from 'pg';
import { openDatabase } from '../src/database.ts';
import { deleteExpired } from '../src/refresh-tokens.ts';
import { asAdmin, PASSWORD, spendEarlier, startGateway, type Gateway } from './gateway.ts';

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

describe('the same token again', () => {
  test('gets the same next one for 10 seconds, with an access token that is good and the same user', async () => {
    const gateway = await startGateway();
    const { user, refreshToken } = await gateway.register();
    const first = await sessionOf(refresh(gateway, refreshToken));
    for (const ageSeconds of [0, 3, 6]) {
      await spendEarlier(gateway.database, ageSeconds);
      const again = await sessionOf(refresh(gateway, refreshToken));
      expect(again).toMatchObject({ user, refreshToken: first.refreshToken, expiresIn: 900 });
      const me = await gateway.get('/auth/me', { Authorization: `Bearer ${again.accessToken}` });
      expect(me.status).toBe(200);
    }
    expect((await refresh(gateway, first.refreshToken)).status).toBe(200);
  });

  test('gets it also once the next one was spent, and whoever has that one gets on from there', async () => {
    const gateway = await startGateway();
    const { refreshToken } = await gateway.register();
    const second = await sessionOf(refresh(gateway, refreshToken));
    const third = await sessionOf(refresh(gateway, second.refreshToken));
    // The other tab, later.
    expect((await sessionOf(refresh(gateway, refreshToken))).refreshToken).toBe(second.refreshToken);
    expect((await sessionOf(refresh(gateway, second.refreshToken))).refreshToken).toBe(third.refreshToken);
    expect((await refresh(gateway, third.refreshToken)).status).toBe(200);
  });

  test('after 10 seconds revokes all that came from the same sign-in, and no other', async () => {
    const gateway = await startGateway();
    const stolen = await gateway.register();
    const login = await gateway.post('/auth/login', { email: stolen.user.email, password: PASSWORD });
    const elsewhere = (await login.json()) as Session;
    const next = await sessionOf(refresh(gateway, stolen.refreshToken));
    await spendEarlier(gateway.database, 10);

    const reused = await refresh(gateway, stolen.refreshToken);
    expect(reused.status).toBe(401);
    expect(await reused.json()).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect((await refresh(gateway, next.refreshToken)).status).toBe(401);
    expect((await refresh(gateway, elsewhere.refreshToken)).status).toBe(200);
  });

  test.each([
    { from: '192.0.2.7', again: '192.0.2.8' },
    { from: '192.0.2.7', again: '2001:db8:1:2::1' },
    { from: '2001:db8:1:2::1', again: '2001:db8:1:3::1' },
  ])('from another client revokes them at once: $from, then $again', async ({ from, again }) => {
    const gateway = await startGateway(BEHIND_PROXY);
    const { refreshToken } = await gateway.register();
    const next = await sessionOf(refresh(gateway, refreshToken, from));
    expect((await refresh(gateway, refreshToken, again)).status).toBe(401);
    expect((await refresh(gateway, refreshToken, from)).status).toBe(401);
    expect((await refresh(gateway, next.refreshToken, from)).status).toBe(401);
  });

  test.each([
    { from: '192.0.2.7', again: '::ffff:192.0.2.7' },
    { from: '192.0.2.7:5678', again: '192.0.2.7:5679' },
    { from: '2001:db8:1:2::1', again: '[2001:DB8:1:2:ffff::9]:443' },
  ])('from the same client, otherwise spelled, is the same client: $from, then $again', async ({ from, again }) => {
    const gateway = await startGateway(BEHIND_PROXY);
    const { refreshToken } = await gateway.register();
    const next = await sessionOf(refresh(gateway, refreshToken, from));
    expect((await sessionOf(refresh(gateway, refreshToken, again))).refreshToken).toBe(next.refreshToken);
  });

  test('20 times at once, at two replicas, gets the same next one each time', async () => {
    const gateway = await startGateway();
    const replica = await startGateway({}, { database: gateway.database });
    for (let round = 0; round < 5; round++) {
      const { refreshToken } = await gateway.register();
      const sessions = await Promise.all(
        Array.from({ length: 20 }, (_, index) => sessionOf(refresh(index % 2 ? gateway : replica, refreshToken))),
      );
      expect(new Set(sessions.map((session) => session.refreshToken)).size).toBe(1);
      expect((await refresh(gateway, sessions[0]?.refreshToken ?? '')).status).toBe(200);
    }
    const [count] = await asAdmin<{ tokens: string }>(
      gateway.database,
      'select count(*) as tokens from refresh_tokens',
    );
    expect(count?.tokens).toBe('15');
  });

  test('after signing out gets nothing', async () => {
    const gateway = await startGateway();
    const { refreshToken } = await gateway.register();
    const next = await sessionOf(refresh(gateway, refreshToken));
    await gateway.post('/auth/logout', { refreshToken: next.refreshToken });
    expect((await refresh(gateway, refreshToken)).status).toBe(401);
  });

  test('spent by a replica of the release before, which kept nothing of it, revokes them', async () => {
    const gateway = await startGateway();
    const { refreshToken } = await gateway.register();
    await asAdmin(gateway.database, 'update refresh_tokens set spent_at = now()');
    expect((await refresh(gateway, refreshToken)).status).toBe(401);
    const [family] = await asAdmin<{ revoked: boolean }>(
      gateway.database,
      'select revoked_at is not null as revoked from token_families',
    );
    expect(family?.revoked).toBe(true);
  });

  test('is limited as any refresh is', async () => {
    const gateway = await startGateway({ RATE_LIMIT_TOKEN_ADDRESS: '3/900' });
    const { refreshToken } = await gateway.register();
    const statuses: number[] = [];
    for (let count = 0; count < 5; count++) statuses.push((await refresh(gateway, refreshToken)).status);
    expect(statuses).toEqual([200, 200, 200, 429, 429]);
  });
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

test('the database knows no token, and nothing that makes one or tells an address by itself', async () => {
  const gateway = await startGateway(BEHIND_PROXY);
  const { refreshToken } = await gateway.register();
  const next = await sessionOf(refresh(gateway, refreshToken, '192.0.2.7'));
  const rows = await asAdmin<Record<'hash' | 'salt' | 'by', Buffer | null>>(
    gateway.database,
    `select token_hash as hash, successor_salt as salt, spent_by as by from refresh_tokens order by spent_at nulls last`,
  );
  const sha256 = (text: string) => createHash('sha256').update(text).digest();
  expect(rows.map(({ hash }) => hash)).toEqual([sha256(refreshToken), sha256(next.refreshToken)]);
  const [spent] = rows;
  const known = [spent?.hash, spent?.salt, spent?.by].map((each) => each ?? Buffer.alloc(0));
  for (const key of known) {
    for (const part of known) {
      // What whoever reads the table could try in place of the token.
      for (const message of ['successor', 'spender'].map((label) => Buffer.concat([Buffer.from(label), part]))) {
        const made = createHmac('sha256', key).update(message).digest();
        expect(made.toString('base64url')).not.toBe(next.refreshToken);
      }
    }
  }
  expect(known.map((each) => each.length)).toEqual([32, 32, 32]);
  expect(spent?.by).not.toEqual(sha256('192.0.2.7'));
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

const BEHIND_PROXY = { TRUSTED_PROXIES: 'loopback' };

function refresh(gateway: Gateway, refreshToken: string, from?: string): Promise<Response> {
  return gateway.post('/auth/refresh', { refreshToken }, from === undefined ? {} : { 'X-Forwarded-For': from });
}

async function sessionOf(answer: Promise<Response>): Promise<Session> {
  const response = await answer;
  expect(response.status).toBe(200);
  return (await response.json()) as Session;
}

async function daysLeft(gateway: Gateway): Promise<number[]> {
  const rows = await asAdmin<{ days: number }>(
    gateway.database,
    `select round(extract(epoch from expires_at - now()) / 86400)::int as days from refresh_tokens order by expires_at`,
  );
  return rows.map(({ days }) => days);
}
