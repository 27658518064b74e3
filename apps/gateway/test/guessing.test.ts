import type { Session } from '@ticketing/types/account';
import { beforeEach, describe, expect, test } from 'vitest';
import { newPerson, spendEarlier, startGateway, type Gateway } from './gateway.ts';

let gateway: Gateway;
beforeEach(async () => {
  gateway = await startGateway({ RATE_LIMITS: 'off' });
});

const statusOfLogin = async (email: string, password: string) =>
  (await gateway.post('/auth/login', { email, password })).status;

describe('a password', () => {
  test('has 8 to 128 characters of any kind, and no other rule', async () => {
    const tooShort = ['', 'seven77', '🎟️🎟️'];
    const good = ['        ', 'aaaaaaaa', '密码密码密码密码', 'x'.repeat(128), "' or 1=1 --"];
    for (const password of [...tooShort, 'x'.repeat(129)]) {
      expect((await gateway.post('/auth/register', newPerson({ password }))).status).toBe(422);
    }
    for (const password of good) {
      const { user } = await gateway.register({ password });
      expect([password, await statusOfLogin(user.email, password)]).toEqual([password, 200]);
    }
  });

  test('counts to its last byte, also beyond a NUL and beyond 72 bytes', async () => {
    for (const start of ['a password\u0000', '🎟️'.repeat(40)]) {
      const { user } = await gateway.register({ password: `${start}1` });
      expect(await statusOfLogin(user.email, `${start}1`)).toBe(200);
      for (const other of [start, `${start}2`, `${start}11`]) expect(await statusOfLogin(user.email, other)).toBe(401);
    }
  });

  test('is what UTF-8 can say: of what it cannot, all would be the same', async () => {
    const detail = 'password must be well-formed Unicode, without halves of surrogate pairs.';
    const { user } = await gateway.register({ password: 'a password\ufffd' });
    for (const password of ['a password\ud800', 'a password\udfff']) {
      for (const [path, body] of [
        ['/auth/register', newPerson({ password })],
        ['/auth/login', { email: user.email, password }],
      ] as const) {
        const response = await gateway.post(path, body);
        expect([response.status, await response.json()]).toEqual([422, expect.objectContaining({ detail })]);
      }
    }
    const bytes = Buffer.from(JSON.stringify({ email: user.email, password: 'a password\u00ff' }), 'latin1');
    const response = await fetch(`${gateway.url}/auth/login`, {
      ...{ method: 'POST', body: bytes, headers: { 'Content-Type': 'application/json' } },
    });
    expect([response.status, await response.json()]).toEqual([
      400,
      expect.objectContaining({ detail: 'The body is not valid UTF-8.' }),
    ]);
  });

  test('is compared with case, and with the space around it', async () => {
    const { user } = await gateway.register({ password: 'Correct Horse' });
    for (const other of ['correct horse', ' Correct Horse', 'Correct Horse ', 'CorrectHorse']) {
      expect([other, await statusOfLogin(user.email, other)]).toEqual([other, 401]);
    }
  });
});

describe('who guesses', () => {
  test('cannot tell by the time of registering whether an address has an account', async () => {
    const { user } = await gateway.register();
    const times: [taken: number, free: number][] = [];
    // In turns, so that what else the machine does is the same for both.
    for (let round = 0; round < 9; round++) {
      times.push([await msOf(newPerson({ email: user.email })), await msOf(newPerson())]);
    }
    const ratio = median(times.map(([taken]) => taken)) / median(times.map(([, free]) => free));
    // If only new accounts were hashed for, it would be a tenth.
    expect([ratio > 0.5, ratio < 2, ratio]).toEqual([true, true, ratio]);
  });

  test('learns as much from a refresh token that was spent as from one that never was', async () => {
    const { refreshToken } = await gateway.register();
    const renewed = (await (await gateway.post('/auth/refresh', { refreshToken })).json()) as Session;
    await spendEarlier(gateway.database, 10);
    const answers = await Promise.all(
      [refreshToken, renewed.accessToken, 'x'.repeat(43)].map(async (token) => {
        const response = await gateway.post('/auth/refresh', { refreshToken: token.slice(0, 200) });
        return { status: response.status, body: { ...((await response.json()) as object), traceId: '' } };
      }),
    );
    expect(answers[0]).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED' } });
    for (const answer of answers) expect(answer).toEqual(answers[0]);
  });

  test('gets no account by an address that only looks like another one', async () => {
    await gateway.register({ email: 'kelvin@example.com' });
    // Folded or refused, but never a second account that shows the same address.
    const alike = ['\u212Aelvin@example.com', 'KELVIN@EXAMPLE.COM', ' kelvin@example.com', 'k\u0435lvin@example.com'];
    const unseen = ['kelvin\u200b@example.com', 'kelvin@exam\u00adple.com', 'kelvin@\uff45xample.com'];
    for (const email of [...alike, ...unseen, 'kelvin@example.com\u0000']) {
      const { status } = await gateway.post('/auth/register', newPerson({ email }));
      expect([email, [409, 422].includes(status)]).toEqual([email, true]);
    }
    // Another domain is another account, and shows as what it is.
    const { user } = await gateway.register({ email: 'kelvin@ex\u00e4mple.com' });
    expect(user.email).toBe('kelvin@xn--exmple-cua.com');
  });
});

async function msOf(registration: object): Promise<number> {
  const start = performance.now();
  await (await gateway.post('/auth/register', registration)).text();
  return performance.now() - start;
}

function median(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}
