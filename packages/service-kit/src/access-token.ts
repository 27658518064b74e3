import { createSecretKey, type KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { AccessClaims, type User } from '@ticketing/types/account';
import { ProblemError } from './problem.ts';

const ISSUER = 'ticketing';
const AUDIENCE = 'ticketing-api';

/** Seconds that an access token is good for. */
export const ACCESS_TOKEN_TTL_SECONDS = 15 * 60;

export interface TokenSecrets {
  current: string;
  /** Still verifies while keys rotate. */
  previous?: string | undefined;
}

/** Signs an access token, HS256, with the current secret. An organizer who waits for approval gets a customer's rights. */
export function signAccessToken(secrets: TokenSecrets, user: Pick<User, 'id' | 'email' | 'role' | 'approval'>): string {
  const { email, approval } = user;
  const rights = approval === 'pending' ? { role: 'customer', approval } : { role: user.role };
  return jwt.sign({ ...rights, email }, secrets.current, {
    algorithm: 'HS256',
    subject: user.id,
    issuer: ISSUER,
    audience: AUDIENCE,
    expiresIn: ACCESS_TOKEN_TTL_SECONDS,
  });
}

/** How many verified tokens are remembered: a buyer polls with the same one, and verifying costs more than a look-up. */
const REMEMBERED_TOKENS = 10_000;

/**
 * Returns a verifier for `Authorization` headers. HS256 only, issuer, audience and expiry checked (RFC 8725).
 * It throws UNAUTHENTICATED for anything but a good token.
 */
export function accessTokenVerifier(secrets: TokenSecrets): (authorization: string, nowMs?: number) => AccessClaims {
  const remembered = new Map<string, AccessClaims>();
  // Made once: jsonwebtoken would try a string as a public key first, for every token.
  const keys = [secrets.current, secrets.previous].flatMap((secret) =>
    secret ? [createSecretKey(secret, 'utf8')] : [],
  );
  return (authorization, nowMs = Date.now()) => {
    const token = /^Bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization)?.[1];
    if (!token) throw unauthenticated('The Authorization header is not a bearer token.');
    const known = remembered.get(token);
    if (known && known.exp > nowMs / 1000) return known;
    const claims = verify(token, keys, nowMs);
    if (remembered.size >= REMEMBERED_TOKENS) forgetOldest(remembered);
    remembered.set(token, claims);
    return claims;
  };
}

function verify(token: string, keys: KeyObject[], nowMs: number): AccessClaims {
  let failure: unknown;
  for (const key of keys) {
    try {
      const payload = jwt.verify(token, key, {
        algorithms: ['HS256'],
        issuer: ISSUER,
        audience: AUDIENCE,
        clockTimestamp: Math.floor(nowMs / 1000),
      });
      const claims = AccessClaims.safeParse(payload);
      if (claims.success) return claims.data;
      failure = claims.error;
    } catch (error) {
      failure = error;
      if (error instanceof jwt.TokenExpiredError) throw unauthenticated('The access token has expired.', error);
    }
  }
  throw unauthenticated('The access token is not valid.', failure);
}

/** RFC 6750 section 3: the challenge says which scheme is wanted. */
export function unauthenticated(detail: string, cause?: unknown): ProblemError {
  return new ProblemError('UNAUTHENTICATED', detail, { cause, headers: { 'WWW-Authenticate': 'Bearer' } });
}

function forgetOldest(remembered: Map<string, AccessClaims>): void {
  const oldest = remembered.keys().next();
  if (!oldest.done) remembered.delete(oldest.value);
}
