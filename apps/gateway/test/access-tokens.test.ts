import { expect, test } from 'vitest';
import jwt from 'jsonwebtoken';
import { JWT_SECRET, startGateway, type Gateway } from './gateway.ts';

const OTHER_SECRET = 'another secret, also 32 characters or more';
const good: jwt.SignOptions = {
  algorithm: 'HS256',
  issuer: 'ticketing',
  audience: 'ticketing-api',
  expiresIn: 60,
};

test('a token is good only as we sign it', async () => {
  const gateway = await startGateway();
  const { user } = await gateway.register();
  const claims = { sub: user.id, role: user.role, email: user.email };
  expect(await statusWith(gateway, jwt.sign(claims, JWT_SECRET, good))).toBe(200);

  const bad: Record<string, string> = {
    'signed with another key': jwt.sign(claims, OTHER_SECRET, good),
    'with another algorithm': jwt.sign(claims, JWT_SECRET, { ...good, algorithm: 'HS512' }),
    'with no algorithm': jwt.sign(claims, null, { ...good, algorithm: 'none' }),
    'for another audience': jwt.sign(claims, JWT_SECRET, { ...good, audience: 'other-api' }),
    'from another issuer': jwt.sign(claims, JWT_SECRET, { ...good, issuer: 'other' }),
    expired: jwt.sign(claims, JWT_SECRET, { ...good, expiresIn: -1 }),
    'without expiry': jwt.sign(claims, JWT_SECRET, {
      algorithm: 'HS256',
      issuer: 'ticketing',
      audience: 'ticketing-api',
    }),
    'with a role that there is not': jwt.sign({ ...claims, role: 'root' }, JWT_SECRET, good),
    'without a subject': jwt.sign({ role: user.role, email: user.email }, JWT_SECRET, good),
    'not a token at all': 'abc.def.ghi',
  };
  for (const [what, token] of Object.entries(bad)) {
    expect(await statusWith(gateway, token), what).toBe(401);
  }
});

test('a token whose payload was changed is refused', async () => {
  const gateway = await startGateway();
  const { accessToken } = await gateway.register();
  const [head, payload = '', signature] = accessToken.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
  const forged = Buffer.from(JSON.stringify({ ...claims, role: 'admin' })).toString('base64url');
  expect(await statusWith(gateway, [head, forged, signature].join('.'))).toBe(401);
});

test('while keys rotate, the previous secret still verifies and the new one signs', async () => {
  const before = await startGateway({ JWT_SECRET: OTHER_SECRET });
  const { accessToken, user } = await before.register();
  const after = await startGateway({ JWT_SECRET_PREVIOUS: OTHER_SECRET }, { database: before.database });
  expect(await statusWith(after, accessToken)).toBe(200);
  const login = await after.post('/auth/login', { email: user.email, password: 'correct horse battery' });
  const fresh = ((await login.json()) as { accessToken: string }).accessToken;
  expect(() => jwt.verify(fresh, JWT_SECRET)).not.toThrow();
  expect(await statusWith(before, fresh)).toBe(401);
});

test('says which scheme is wanted when there is no bearer token', async () => {
  const gateway = await startGateway();
  const notBearer: Record<string, string>[] = [{}, { Authorization: 'Basic YTpi' }, { Authorization: 'Bearer' }];
  for (const headers of notBearer) {
    const response = await gateway.get('/auth/me', headers);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
  }
});

async function statusWith(gateway: Gateway, token: string): Promise<number> {
  const response = await gateway.get('/auth/me', { Authorization: `Bearer ${token}` });
  return response.status;
}
