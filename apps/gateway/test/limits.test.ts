import { expect, test } from 'vitest';
import { pino } from 'pino';
import { createGate } from '../src/gate.ts';
import { createLimits } from '../src/limits.ts';
import { PASSWORD, startGateway, type Gateway } from './gateway.ts';

const DEFAULTS = {
  RATE_LIMIT_LOGIN_ACCOUNT_ADDRESS: { quota: 10, windowSeconds: 900 },
  RATE_LIMIT_LOGIN_ACCOUNT: { quota: 50, windowSeconds: 900 },
  RATE_LIMIT_LOGIN_ADDRESS: { quota: 100, windowSeconds: 900 },
  RATE_LIMIT_REGISTER_ADDRESS: { quota: 1_000, windowSeconds: 900 },
  RATE_LIMIT_TOKEN_ADDRESS: { quota: 3_000, windowSeconds: 900 },
};

/** The gateway believes X-Forwarded-For of this machine, so that tests can come from anywhere. */
const BEHIND_PROXY = { TRUSTED_PROXIES: 'loopback' };

test('after 10 wrong passwords for an account from one address, even the right one has to wait', async () => {
  const gateway = await startGateway(BEHIND_PROXY);
  const { user } = await gateway.register();
  for (let round = 0; round < 10; round++) expect((await login(gateway, user.email, 'wrong')).status).toBe(401);

  const refused = await login(gateway, user.email, PASSWORD);
  expect(refused.status).toBe(429);
  expect(await refused.json()).toMatchObject({ code: 'RATE_LIMITED' });
  const seconds = Number(refused.headers.get('retry-after'));
  expect(seconds).toBeGreaterThan(14 * 60);
  expect(seconds).toBeLessThanOrEqual(15 * 60);
  expect(refused.headers.get('ratelimit-policy')).toBe('"login-account-and-address";q=10;w=900');
  expect(refused.headers.get('ratelimit')).toBe(`"login-account-and-address";r=0;t=${seconds}`);

  expect((await login(gateway, user.email, PASSWORD, '198.51.100.2')).status).toBe(200);
});

test('of 40 wrong passwords at once, 10 are looked at', async () => {
  const gateway = await startGateway();
  const { user } = await gateway.register();
  const responses = await Promise.all(Array.from({ length: 40 }, () => login(gateway, user.email, 'wrong')));
  const statuses = responses.map(({ status }) => status);
  expect(statuses.filter((status) => status === 401)).toHaveLength(10);
  expect(statuses.filter((status) => status === 429)).toHaveLength(30);
});

test('an email without an account is slowed down as one with', async () => {
  const gateway = await startGateway();
  const statuses: number[] = [];
  for (let round = 0; round < 11; round++) statuses.push((await login(gateway, 'no@example.com', 'x')).status);
  expect(statuses).toEqual([...Array<number>(10).fill(401), 429]);
});

test('a good login forgets the failures before it, and is never counted itself', async () => {
  const gateway = await startGateway();
  const { user } = await gateway.register();
  for (let round = 0; round < 9; round++) await login(gateway, user.email, 'wrong');
  for (let round = 0; round < 12; round++) expect((await login(gateway, user.email, PASSWORD)).status).toBe(200);
  for (let round = 0; round < 9; round++) expect((await login(gateway, user.email, 'wrong')).status).toBe(401);
});

test('50 good logins of one account at once all succeed', async () => {
  const gateway = await startGateway();
  const { user } = await gateway.register();
  const responses = await Promise.all(Array.from({ length: 50 }, () => login(gateway, user.email, PASSWORD)));
  expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([200]));
});

test('failures add up for an account over all addresses, and for an address over all accounts', async () => {
  const limits = createLimits(DEFAULTS);
  const wrong = (email: string, address: string) => limits.guess(email, address, () => Promise.resolve(false));
  for (let count = 0; count < 50; count++) await wrong('one@example.com', `192.0.2.${count}`);
  await expect(wrong('one@example.com', '192.0.2.200')).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  await expect(limits.beforeGuess('one@example.com', '192.0.2.201')).rejects.toMatchObject({ code: 'RATE_LIMITED' });

  for (let count = 0; count < 100; count++) await wrong(`${count}@example.com`, '203.0.113.1');
  await expect(wrong('new@example.com', '203.0.113.1')).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  await expect(wrong('new@example.com', '203.0.113.2')).resolves.toBe(false);
});

test('an attempt that fails for reasons of ours is not counted', async () => {
  const limits = createLimits(DEFAULTS);
  for (let count = 0; count < 20; count++) {
    await expect(limits.guess('a@b.c', '192.0.2.1', () => Promise.reject(new Error('away')))).rejects.toThrow('away');
  }
  await expect(limits.beforeGuess('a@b.c', '192.0.2.1')).resolves.toBeUndefined();
});

test('one address may not make accounts or trade tokens without end', async () => {
  const limits = createLimits(DEFAULTS);
  for (let count = 0; count < 1_000; count++) await limits.register('192.0.2.1');
  await expect(limits.register('192.0.2.1')).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  for (let count = 0; count < 3_000; count++) await limits.token('192.0.2.1');
  await expect(limits.token('192.0.2.1')).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  await expect(limits.token('192.0.2.2')).resolves.toBeUndefined();
});

test('RATE_LIMITS=off counts nothing, and is said at the start', async () => {
  const lines: string[] = [];
  const log = pino({}, { write: (line: string) => lines.push(line) });
  const gateway = await startGateway({ RATE_LIMITS: 'off' }, { log });
  expect(lines.join('')).toContain('RATE_LIMITS=off');
  for (let round = 0; round < 12; round++) expect((await login(gateway, 'no@example.com', 'x')).status).toBe(401);
});

test('one client has one limit, however the proxies in front spell its address', async () => {
  const spellings = [
    ...['192.0.2.7', '192.0.2.7:5678', '::ffff:192.0.2.7', '::FFFF:C000:207', '[::ffff:192.0.2.7]:443', '192.0.2.7:9'],
    ...['"192.0.2.7:80"', '192.000.002.007', '192.0.2.7:_x'],
  ];
  const network = [
    '2001:db8:1:2::1',
    '[2001:DB8:1:2::1]:443',
    '2001:0db8:0001:0002:0:0:0:9',
    '[2001:db8:1:2:a:b:c:d%eth0]',
  ];
  const garbage = ['unknown', '_hidden', '1.2.3', 'x'.repeat(2_000), '::g'];
  for (const [same, other] of [
    [spellings, '192.0.2.8'],
    [network, '2001:db8:1:3::1'],
    [garbage, '192.0.2.9'],
  ] as const) {
    const gateway = await startGateway({ ...BEHIND_PROXY, RATE_LIMIT_TOKEN_ADDRESS: `${same.length}/900` });
    const statusFrom = async (from: string) =>
      (await gateway.post('/auth/refresh', { refreshToken: 'x' }, { 'X-Forwarded-For': from })).status;
    for (const spelling of same) expect([spelling, await statusFrom(spelling)]).toEqual([spelling, 401]);
    for (const spelling of same) expect([spelling, await statusFrom(spelling)]).toEqual([spelling, 429]);
    expect(await statusFrom(other)).toBe(401);
  }
});

test('a gate runs so many at once, lets so many wait for so long, and refuses the others', async () => {
  const gate = createGate({ atOnce: 2, maxWaiting: 1, maxWaitMs: 50 });
  const ends: (() => void)[] = [];
  const run = () => gate.run(() => new Promise<void>((resolve) => void ends.push(resolve)));
  const running = [run(), run()];
  const waiting = run();
  await expect.poll(() => ends).toHaveLength(2);
  await expect(run()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  await expect(waiting).rejects.toMatchObject({ code: 'UNAVAILABLE' });

  const patient = run();
  ends[0]?.();
  await running[0];
  await expect.poll(() => ends).toHaveLength(3);
  ends[1]?.();
  ends[2]?.();
  await Promise.all([...running, patient]);
});

function login(gateway: Gateway, email: string, password: string, from = '198.51.100.1'): Promise<Response> {
  return gateway.post('/auth/login', { email, password }, { 'X-Forwarded-For': from });
}
