import type { AccessClaims } from '@ticketing/types/account';
import type { Access } from '@ticketing/types/operation';
import { unauthenticated } from './access-token.ts';
import { ProblemError } from './problem.ts';

/**
 * Lets a caller in to an operation, by the Authorization header; returns who it is, undefined for nobody.
 * @throws {ProblemError} UNAUTHENTICATED, or FORBIDDEN for another role
 */
export function admit(
  access: Access,
  authorization: string | undefined,
  verifyToken: (authorization: string) => AccessClaims,
): AccessClaims | undefined {
  if (access === 'public') return undefined;
  if (authorization === undefined) {
    if (access === 'optional') return undefined;
    throw unauthenticated('Sign in and send the access token: Authorization: Bearer <token>.');
  }
  const user = verifyToken(authorization);
  if (typeof access !== 'string' && !access.includes(user.role)) {
    if (user.approval === 'pending' && access.includes('organizer')) throw new ProblemError('FORBIDDEN', WAITING);
    throw new ProblemError('FORBIDDEN', `This is for: ${access.join(', ')}. You are: ${user.role}.`);
  }
  return user;
}

const WAITING =
  'Your organizer account is waiting for approval. Once it is approved, refresh the access token or sign in again.';
