import { createHmac, generateKeyPairSync } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { JWT_SECRET, JWT_SECRET_PREVIOUS } from './platform.ts';

export interface Claims {
  sub: string;
  role: string;
  email: string;
}

const GOOD: jwt.SignOptions = { algorithm: 'HS256', issuer: 'ticketing', audience: 'ticketing-api', expiresIn: 60 };
const NAMES = { iss: 'ticketing', aud: 'ticketing-api' };

/** Tokens that must be taken: as we sign them, with the secret of today or of yesterday. */
export function goodTokens(claims: Claims): Record<string, string> {
  return {
    'signed with the secret': jwt.sign(claims, JWT_SECRET, GOOD),
    'signed with the previous secret': jwt.sign(claims, JWT_SECRET_PREVIOUS, GOOD),
  };
}

/** What people try (RFC 8725), for claims that would be welcome if only the token were good. Each value is an Authorization header. */
export function forgedAuthorizations(claims: Claims): Record<string, string> {
  const now = Math.floor(Date.now() / 1000);
  const whole = { ...claims, ...NAMES, iat: now, exp: now + 60 };
  const good = jwt.sign(claims, JWT_SECRET, GOOD);
  const [header = '', payload = '', signature = ''] = good.split('.');
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const publicPem = publicKey.export({ type: 'spki', format: 'pem' }) as string;
  const without = (...names: string[]) => Object.fromEntries(Object.entries(whole).filter(([k]) => !names.includes(k)));
  const tokens: Record<string, string> = {
    'alg none, without a signature': `${encode({ alg: 'none', typ: 'JWT' })}.${encode(whole)}.`,
    'alg none, with a signature': `${encode({ alg: 'none', typ: 'JWT' })}.${encode(whole)}.${signature}`,
    'alg NoNe': `${encode({ alg: 'NoNe', typ: 'JWT' })}.${encode(whole)}.`,
    'no alg': signed({ typ: 'JWT' }, whole, JWT_SECRET),
    'a list of algs': signed({ alg: ['HS256'] }, whole, JWT_SECRET),
    HS384: jwt.sign(claims, JWT_SECRET, { ...GOOD, algorithm: 'HS384' }),
    HS512: jwt.sign(claims, JWT_SECRET, { ...GOOD, algorithm: 'HS512' }),
    RS256: jwt.sign(claims, privateKey, { ...GOOD, algorithm: 'RS256' }),
    PS256: jwt.sign(claims, privateKey, { ...GOOD, algorithm: 'PS256' }),
    'RS256 in the header, HS256 with a public key': signed({ alg: 'RS256', typ: 'JWT' }, whole, publicPem),
    'HS256 with a public key as the secret': signed({ alg: 'HS256', typ: 'JWT' }, whole, publicPem),
    'a key that the token brings along': signed({ alg: 'HS256', jwk: { kty: 'oct', k: 'YQ' } }, whole, 'a'),
    'a key id that is a path': signed({ alg: 'HS256', kid: '../../dev/null' }, whole, ''),
    'a key at an address': signed({ alg: 'HS256', jku: 'http://127.0.0.1:9/jwks' }, whole, 'a'),
    'another key': jwt.sign(claims, 'x'.repeat(40), GOOD),
    'an empty key': signed({ alg: 'HS256', typ: 'JWT' }, whole, ''),
    'the signature of another token': `${header}.${encode({ ...whole, role: 'admin' })}.${signature}`,
    'half a signature': good.slice(0, -20),
    'no signature': `${header}.${payload}.`,
    'expired a minute ago': jwt.sign({ ...claims, exp: now - 60 }, JWT_SECRET, omit(GOOD, 'expiresIn')),
    'not valid yet': jwt.sign(claims, JWT_SECRET, { ...GOOD, notBefore: 60 }),
    'another issuer': jwt.sign(claims, JWT_SECRET, { ...GOOD, issuer: 'ticketing.example' }),
    'another audience': jwt.sign(claims, JWT_SECRET, { ...GOOD, audience: 'other-api' }),
    'several audiences': jwt.sign(claims, JWT_SECRET, { ...GOOD, audience: ['ticketing-api', 'other'] }),
    'an unknown role': jwt.sign({ ...claims, role: 'root' }, JWT_SECRET, GOOD),
    'several roles': jwt.sign({ ...claims, role: ['admin'] }, JWT_SECRET, GOOD),
    'a subject that is no id': jwt.sign({ ...claims, sub: "' or 1=1 --" }, JWT_SECRET, GOOD),
    'an expiry in words': signed({ alg: 'HS256' }, { ...whole, exp: 'never' }, JWT_SECRET),
    'an expiry that is no integer': signed({ alg: 'HS256' }, { ...whole, exp: now + 60.5 }, JWT_SECRET),
    'a payload that is a text': signed({ alg: 'HS256' }, 'admin', JWT_SECRET),
    'a payload that is null': signed({ alg: 'HS256' }, null, JWT_SECRET),
    'a payload that is no JSON': signedText(encode({ alg: 'HS256' }), 'e30x', JWT_SECRET),
    'claims in the prototype': signedText(
      encode({ alg: 'HS256' }),
      Buffer.from(`{"__proto__":${JSON.stringify(whole)}}`).toString('base64url'),
      JWT_SECRET,
    ),
    'a huge payload': jwt.sign({ ...claims, role: 'root', x: 'x'.repeat(7_000) }, JWT_SECRET, GOOD),
    ...Object.fromEntries(
      Object.keys(whole).map((name) => [`no ${name}`, signed({ alg: 'HS256' }, without(name), JWT_SECRET)]),
    ),
  };
  return {
    ...Object.fromEntries(Object.entries(tokens).map(([what, token]) => [what, `Bearer ${token}`])),
    'two tokens': `Bearer ${good}, Bearer ${good}`,
    'no scheme': good,
    'another scheme': `Basic ${Buffer.from('admin:admin').toString('base64')}`,
    'an empty token': 'Bearer ',
    'ten thousand dots': `Bearer ${'.'.repeat(10_000)}`,
  };
}

function signed(header: object, payload: unknown, secret: string): string {
  return signedText(encode(header), encode(payload), secret);
}

/** By hand, since jsonwebtoken refuses to sign most of these. */
function signedText(header: string, payload: string, secret: string): string {
  const signature = createHmac('sha256', secret).update(`${header}.${payload}`).digest('base64url');
  return `${header}.${payload}.${signature}`;
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function omit(options: jwt.SignOptions, name: keyof jwt.SignOptions): jwt.SignOptions {
  return Object.fromEntries(Object.entries(options).filter(([key]) => key !== name));
}
