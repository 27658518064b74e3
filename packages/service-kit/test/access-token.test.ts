import jwt from 'jsonwebtoken';
import { describe, expect, test } from 'vitest';
import { accessTokenVerifier, signAccessToken } from '../src/access-token.ts';

const SECRET = 'the-current-secret-of-32-characters!';
const OLD = 'the-previous-secret-of-32-characters';
const user = { id: '019ac3f0-5b1e-7c7d-a1f1-3f6f0b8f2f10', email: 'ada@example.com', role: 'customer' as const };

const claims = { role: user.role, email: user.email };
const options = { subject: user.id, issuer: 'ticketing', audience: 'ticketing-api', expiresIn: 60 } as const;
const code = (token: string) => {
  try {
    accessTokenVerifier({ current: SECRET, previous: OLD })(token);
    return 'accepted';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('an access token', () => {
  test('that we signed is accepted, with what it claims', () => {
    const verify = accessTokenVerifier({ current: SECRET });
    const token = signAccessToken({ current: SECRET }, user);
    expect(verify(`Bearer ${token}`)).toMatchObject({ sub: user.id, role: 'customer', email: user.email });
    expect(verify(`bearer ${token}`).exp - verify(`Bearer ${token}`).iat).toBe(900);
  });

  test('signed with the previous secret is accepted while keys rotate, and not after', () => {
    const token = signAccessToken({ current: OLD }, user);
    expect(code(`Bearer ${token}`)).toBe('accepted');
    expect(() => accessTokenVerifier({ current: SECRET })(`Bearer ${token}`)).toThrow('not valid');
  });

  const none = [
    { alg: 'none', typ: 'JWT' },
    { ...claims, sub: user.id },
  ]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  test.each([
    ['without a signature', `Bearer ${none}.`],
    ['of another algorithm', `Bearer ${jwt.sign(claims, SECRET, { ...options, algorithm: 'HS512' })}`],
    ['of another key', `Bearer ${jwt.sign(claims, 'x'.repeat(40), options)}`],
    ['for another audience', `Bearer ${jwt.sign(claims, SECRET, { ...options, audience: 'other' })}`],
    ['of another issuer', `Bearer ${jwt.sign(claims, SECRET, { ...options, issuer: 'other' })}`],
    ['that expired', `Bearer ${jwt.sign(claims, SECRET, { ...options, expiresIn: -1 })}`],
    ['of an unknown role', `Bearer ${jwt.sign({ ...claims, role: 'root' }, SECRET, options)}`],
    [
      'that never expires',
      `Bearer ${jwt.sign(claims, SECRET, { subject: user.id, issuer: 'ticketing', audience: 'ticketing-api' })}`,
    ],
    ['of another scheme', `Basic ${Buffer.from('a:b').toString('base64')}`],
    ['that is garbage', 'Bearer x'],
    ['that is missing', ''],
  ])('%s is refused', (_case, header) => expect(code(header)).toBe('UNAUTHENTICATED'));

  test('is refused once it expires, also when it was accepted before', () => {
    const verify = accessTokenVerifier({ current: SECRET });
    const token = `Bearer ${jwt.sign({ ...claims, exp: Math.floor(Date.now() / 1000) + 1 }, SECRET, {
      subject: user.id,
      issuer: 'ticketing',
      audience: 'ticketing-api',
    })}`;
    expect(verify(token).sub).toBe(user.id);
    expect(() => verify(token, Date.now() + 2_000)).toThrow('expired');
  });
});
