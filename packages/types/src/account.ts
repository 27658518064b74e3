import { z } from 'zod';
import { operation } from './operation.ts';
import { isOneAddress } from './email-address.ts';
import { AccountEmail, Email, EmailInput, Id, line } from './primitives.ts';
import { ILL_FORMED } from './text.ts';

export const User = z
  .object({
    id: Id,
    email: Email,
    name: z.string(),
    role: z.enum(['customer', 'organizer', 'admin']),
    approval: z
      .literal('pending')
      .optional()
      .describe('Of an organizer who waits for approval, and may do what a customer may until then'),
  })
  .meta({ id: 'User' });
export type User = z.infer<typeof User>;

/**
 * Claims of the access token (JWT, HS256). `sub` is the user's id; times are seconds since 1970. `role` is what its bearer may
 * do now: of an organizer who waits for approval, `customer`, and `approval` says so.
 */
export const AccessClaims = z.object({
  sub: z.uuid(),
  role: z.enum(['customer', 'organizer', 'admin']),
  approval: z.literal('pending').optional(),
  email: z.string().refine(isOneAddress),
  iat: z.int(),
  exp: z.int(),
  iss: z.literal('ticketing'),
  aud: z.literal('ticketing-api'),
});
export type AccessClaims = z.infer<typeof AccessClaims>;

export const Session = z
  .object({
    user: User,
    accessToken: z.string(),
    refreshToken: z.string(),
    expiresIn: z.int().describe('Seconds until the access token expires'),
  })
  .meta({ id: 'Session' });
export type Session = z.infer<typeof Session>;

/** What is hashed is UTF-8, in which all halves of surrogate pairs are one: they would be the same password. */
const AnyPassword = z
  .string()
  .max(128, 'must have at most 128 characters')
  .refine((text) => text.isWellFormed(), ILL_FORMED);

/** Length in UTF-16 units; the upper bound keeps hashing cheap (OWASP Password Storage Cheat Sheet). */
const Password = AnyPassword.min(8, 'must have at least 8 characters').meta({ example: 'correct horse battery' });

export const Registration = z
  .strictObject({
    email: EmailInput,
    password: Password,
    name: line(1, 200).meta({ example: 'Ada Lovelace' }),
    role: z.enum(['customer', 'organizer']).default('customer'),
  })
  .meta({ id: 'RegisterRequest' });
export type Registration = z.infer<typeof Registration>;

const RefreshToken = z.strictObject({ refreshToken: z.string().min(1).max(200) }).meta({ id: 'RefreshTokenRequest' });

export const register = operation({
  id: 'register',
  tag: 'Accounts',
  summary: 'Create an account',
  description:
    'Organizers may have to be approved first, or may not register by themselves (403), as whoever runs the shop decides.',
  method: 'post',
  path: '/auth/register',
  access: 'public',
  body: Registration,
  answers: { 201: { description: 'Account created and signed in', schema: Session } },
  errors: ['EMAIL_TAKEN', 'FORBIDDEN', 'RATE_LIMITED'],
});

export const login = operation({
  id: 'login',
  tag: 'Accounts',
  summary: 'Sign in',
  method: 'post',
  path: '/auth/login',
  access: 'public',
  body: z.strictObject({ email: AccountEmail, password: AnyPassword.min(1) }).meta({ id: 'LoginRequest' }),
  answers: { 200: { description: 'Signed in', schema: Session } },
  errors: ['UNAUTHENTICATED', 'RATE_LIMITED'],
});

export const refresh = operation({
  id: 'refresh',
  tag: 'Accounts',
  summary: 'Trade a refresh token for a new session',
  description:
    'The old token is spent. Within 10 seconds the same client may send it again and gets the same new one. Otherwise a ' +
    'spent token revokes every token that came from the same sign-in.',
  method: 'post',
  path: '/auth/refresh',
  access: 'public',
  body: RefreshToken,
  answers: { 200: { description: 'New tokens', schema: Session } },
  errors: ['UNAUTHENTICATED', 'RATE_LIMITED'],
});

export const logout = operation({
  id: 'logout',
  tag: 'Accounts',
  summary: 'Revoke a refresh token and all that came from the same sign-in',
  method: 'post',
  path: '/auth/logout',
  access: 'public',
  body: RefreshToken,
  answers: { 204: { description: 'Signed out' } },
  errors: ['RATE_LIMITED'],
});

export const me = operation({
  id: 'me',
  tag: 'Accounts',
  summary: 'The account that the token belongs to',
  method: 'get',
  path: '/auth/me',
  access: 'signed-in',
  answers: { 200: { description: 'The account', schema: User } },
  errors: [],
});

export const accountOperations = [register, login, refresh, logout, me] as const;
