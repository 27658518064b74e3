import { describe, expect, test, vi } from 'vitest';
import { pino } from 'pino';
import { hash, parseOptions } from '@node-rs/argon2';
import type { Session } from '@ticketing/types/account';
import { asAdmin, newPerson, PASSWORD, spendEarlier, startGateway } from './gateway.ts';

describe('registering', () => {
  test('makes an account and signs it in', async () => {
    const gateway = await startGateway();
    const response = await gateway.post('/auth/register', newPerson({ email: ' Ada@Example.COM ', name: 'Ada' }));
    expect(response.status).toBe(201);
    expect(response.headers.get('cache-control')).toBe('no-store');
    const session = (await response.json()) as Session;
    expect(session).toEqual({
      user: { id: expect.stringMatching(UUID_V7) as string, email: 'ada@example.com', name: 'Ada', role: 'customer' },
      accessToken: expect.any(String) as string,
      refreshToken: expect.stringMatching(/^[\w-]{43}$/) as string,
      expiresIn: 900,
    });
    const claims = claimsOf(session.accessToken);
    expect(claims).toEqual({
      sub: session.user.id,
      role: 'customer',
      email: 'ada@example.com',
      iss: 'ticketing',
      aud: 'ticketing-api',
      iat: expect.any(Number) as number,
      exp: Number(claims.iat) + 900,
    });
    const me = await gateway.get('/auth/me', { Authorization: `Bearer ${session.accessToken}` });
    expect(await me.json()).toEqual(session.user);
  });

  test('an organizer may register, an admin may not', async () => {
    const gateway = await startGateway();
    const { user } = await gateway.register({ role: 'organizer' });
    expect(user.role).toBe('organizer');
    const refused = await gateway.post('/auth/register', newPerson({ role: 'admin' }));
    expect(refused.status).toBe(422);
    expect(await refused.json()).toMatchObject({ code: 'VALIDATION_FAILED', errors: [{ path: 'role' }] });
  });

  test('of 10 registrations of one email at once, one gets the account', async () => {
    const gateway = await startGateway();
    const person = newPerson();
    const responses = await Promise.all(Array.from({ length: 10 }, () => gateway.post('/auth/register', person)));
    expect(responses.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(9).fill(409)]);
    const refused = responses.find(({ status }) => status === 409);
    expect(await refused?.json()).toMatchObject({ code: 'EMAIL_TAKEN' });
  });

  test('an email that differs only in case is taken', async () => {
    const gateway = await startGateway();
    await gateway.register({ email: 'bob@example.com' });
    expect((await gateway.post('/auth/register', newPerson({ email: 'BOB@example.com' }))).status).toBe(409);
  });

  test('takes any address that mail servers take, and an internationalized one in each of its forms', async () => {
    const gateway = await startGateway();
    for (const email of ["o'hara&sons/x=y+news@example.com", `${'a'.repeat(64)}@example.com`]) {
      expect((await gateway.register({ email })).user.email).toBe(email);
    }
    const { user, accessToken } = await gateway.register({ email: 'Info@Почта.рф' });
    expect(user.email).toBe('info@xn--80a1acny.xn--p1ai');
    const me = await gateway.get('/auth/me', { Authorization: `Bearer ${accessToken}` });
    expect([me.status, await me.json()]).toEqual([200, user]);
    for (const email of ['info@почта.рф', 'INFO@XN--80A1ACNY.XN--P1AI', ' info@почта。рф ']) {
      expect((await gateway.post('/auth/login', { email, password: PASSWORD })).status).toBe(200);
      expect((await gateway.post('/auth/register', newPerson({ email }))).status).toBe(409);
    }
  });

  test('says why an address is none', async () => {
    const gateway = await startGateway();
    const response = await gateway.post('/auth/register', newPerson({ email: 'test@iana-.com' }));
    expect([response.status, await response.json()]).toEqual([
      422,
      expect.objectContaining({ detail: 'email must not have a hyphen at the start or end of a part of its domain.' }),
    ]);
  });

  test('names every wrong field', async () => {
    const gateway = await startGateway();
    const body = { email: 'nobody', password: 'short', name: ' ', isAdmin: true };
    const response = await gateway.post('/auth/register', body);
    expect(response.status).toBe(422);
    const { errors } = (await response.json()) as { errors: { path: string }[] };
    expect(errors.map(({ path }) => path).sort()).toEqual(['email', 'isAdmin', 'name', 'password']);
  });

  test('keeps the password only as an Argon2id hash with the parameters that OWASP names', async () => {
    const gateway = await startGateway();
    await gateway.register();
    const [row] = await asAdmin<{ password_hash: string }>(gateway.database, 'select password_hash from users');
    expect(row?.password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });
});

describe('signing in', () => {
  test('works with the right password, however the email is written', async () => {
    const gateway = await startGateway();
    const { user } = await gateway.register();
    const response = await gateway.post('/auth/login', { email: user.email.toUpperCase(), password: PASSWORD });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ user });
  });

  test('works with an address that was taken by an earlier release and would be refused now', async () => {
    const gateway = await startGateway();
    const { user } = await gateway.register();
    for (const email of [`${'a'.repeat(65)}@example.com`, `a@${'b'.repeat(64)}.com`, 'test@iana-.com', 'a@x.invalid']) {
      await asAdmin(gateway.database, 'update users set email = $1', [email]);
      const login = await gateway.post('/auth/login', { email: email.toUpperCase(), password: PASSWORD });
      expect([email, login.status]).toEqual([email, 200]);
      const { accessToken, refreshToken } = (await login.json()) as Session;
      const me = await gateway.get('/auth/me', { Authorization: `Bearer ${accessToken}` });
      expect(await me.json()).toEqual({ ...user, email });
      expect((await gateway.post('/auth/refresh', { refreshToken })).status).toBe(200);
    }
  });

  test('works with a password that is composed differently', async () => {
    const gateway = await startGateway();
    const { user } = await gateway.register({ password: 'cr\u00e8me br\u00fbl\u00e9e' });
    const login = await gateway.post('/auth/login', { email: user.email, password: 'cre\u0300me bru\u0302le\u0301e' });
    expect(login.status).toBe(200);
  });

  test('a wrong password and an unknown email look the same', async () => {
    const gateway = await startGateway();
    const { user } = await gateway.register();
    const wrong = await gateway.post('/auth/login', { email: user.email, password: 'wrong' });
    const unknown = await gateway.post('/auth/login', { email: 'unknown@example.com', password: 'wrong' });
    expect(wrong.status).toBe(401);
    expect(unknown.status).toBe(401);
    expect(headersBut(wrong, CHANGING)).toEqual(headersBut(unknown, CHANGING));
    const [one, other] = (await Promise.all([wrong.json(), unknown.json()])) as Record<string, unknown>[];
    expect({ ...one, traceId: '' }).toEqual({ ...other, traceId: '' });
    expect(one).toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test('a wrong password and an unknown email take the same', async () => {
    const gateway = await startGateway({ RATE_LIMITS: 'off' });
    const { user } = await gateway.register();
    const msOf = async (email: string) => {
      const start = performance.now();
      await gateway.post('/auth/login', { email, password: 'wrong' });
      return performance.now() - start;
    };
    const wrong: number[] = [];
    const unknown: number[] = [];
    for (let round = 0; round < 15; round++) {
      wrong.push(await msOf(user.email));
      unknown.push(await msOf('unknown@example.com'));
    }
    const ratio = median(wrong) / median(unknown);
    // Without the hash that nobody has, this would be 10 or more.
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThan(2);
  });

  test('renews a hash that was made with other parameters', async () => {
    const gateway = await startGateway();
    const { user } = await gateway.register();
    const weak = await hash(PASSWORD, { memoryCost: 8_192, timeCost: 1, parallelism: 1 });
    await asAdmin(gateway.database, 'update users set password_hash = $1', [weak]);
    for (let round = 0; round < 2; round++) {
      expect((await gateway.post('/auth/login', { email: user.email, password: PASSWORD })).status).toBe(200);
      const [row] = await asAdmin<{ password_hash: string }>(gateway.database, 'select password_hash from users');
      expect(parseOptions(row?.password_hash ?? '')).toMatchObject({ memoryCost: 19_456, timeCost: 2 });
    }
  });

  test('no log line has a password or a token in it', async () => {
    const lines: string[] = [];
    const log = pino({ level: 'trace' }, { write: (line: string) => lines.push(line) });
    const gateway = await startGateway({}, { log });
    const { user, refreshToken, accessToken } = await gateway.register();
    await gateway.post('/auth/login', { email: user.email, password: 'a wrong password' });
    await gateway.post('/auth/refresh', { refreshToken });
    await spendEarlier(gateway.database, 10);
    await gateway.post('/auth/refresh', { refreshToken });
    await vi.waitFor(() => expect(lines.join('')).toContain('spent refresh token'));
    for (const secret of [PASSWORD, 'a wrong password', refreshToken, accessToken]) {
      expect(lines.join('')).not.toContain(secret);
    }
  });
});

describe('me', () => {
  test('shows the account as it is now, not as it was when the token was made', async () => {
    const gateway = await startGateway();
    const { accessToken } = await gateway.register();
    await asAdmin(gateway.database, `update users set name = 'Renamed', role = 'organizer'`);
    const me = await gateway.get('/auth/me', { Authorization: `Bearer ${accessToken}` });
    expect(await me.json()).toMatchObject({ name: 'Renamed', role: 'organizer' });
  });

  test('is 401 when the account is gone', async () => {
    const gateway = await startGateway();
    const { accessToken } = await gateway.register();
    await asAdmin(gateway.database, 'delete from users');
    const me = await gateway.get('/auth/me', { Authorization: `Bearer ${accessToken}` });
    expect(me.status).toBe(401);
    expect(await me.json()).toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});

const UUID_V7 = /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;
const CHANGING = ['date', 'x-request-id'];

function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;
}

function headersBut(response: Response, left: string[]): [string, string][] {
  return [...response.headers].filter(([name]) => !left.includes(name));
}

function median(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}
