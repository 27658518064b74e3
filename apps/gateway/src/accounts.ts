import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type { Registration, Session, User } from '@ticketing/types/account';
import {
  ACCESS_TOKEN_TTL_SECONDS,
  signAccessToken,
  unauthenticated,
  type TokenSecrets,
} from '@ticketing/service-kit/access-token';
import type { Logger } from '@ticketing/service-kit/log';
import { ProblemError } from '@ticketing/service-kit/problem';
import type { Database } from './database.ts';
import { Prisma } from './generated/prisma/client.ts';
import type { Gate } from './gate.ts';
import type { Limits } from './limits.ts';
import { registrationClosed, type OrganizerRegistration } from './organizer-registration.ts';
import { hashPassword, isOutdated, verifyPassword } from './passwords.ts';
import { newFamily, revokeFamily, rotate } from './refresh-tokens.ts';
import { toUser, USER_FIELDS, type UserRow } from './user.ts';

export interface AccountsOptions {
  db: Database;
  secrets: TokenSecrets;
  limits: Limits;
  /** Bounds how many passwords are hashed at once. */
  hashing: Gate;
  /** What becomes of who registers as an organizer now. */
  organizers: () => Promise<OrganizerRegistration>;
  log: Logger;
}

/** What people do with their accounts. `address` is the client, as `clientAddress` tells it; every call may throw RATE_LIMITED. */
export interface Accounts {
  /** Throws EMAIL_TAKEN; FORBIDDEN for organizers where they cannot register. */
  register: (registration: Registration, address: string) => Promise<Session>;
  /** Throws UNAUTHENTICATED, which looks and takes the same whether the email or the password is wrong. */
  login: (credentials: { email: string; password: string }, address: string) => Promise<Session>;
  /**
   * Spends the token; the same client may do so again for 10 s. Throws UNAUTHENTICATED if it is not good; then a spent one
   * has revoked its family.
   */
  refresh: (refreshToken: string, address: string) => Promise<Session>;
  logout: (refreshToken: string, address: string) => Promise<void>;
  /** Throws UNAUTHENTICATED if the account is gone. */
  read: (id: string) => Promise<User>;
}

export async function createAccounts(options: AccountsOptions): Promise<Accounts> {
  const { db, secrets, limits, hashing, organizers, log } = options;
  // Compared with where there is no account, so that an unknown email takes as long as a wrong password.
  const nobodysHash = await hashPassword(randomBytes(32).toString('base64url'));

  const session = (row: UserRow, refreshToken: string): Session => ({
    user: toUser(row),
    accessToken: signAccessToken(secrets, toUser(row)),
    refreshToken,
    expiresIn: ACCESS_TOKEN_TTL_SECONDS,
  });

  return {
    register: async ({ email, password, name, role }, address) => {
      await limits.register(address);
      const registration = role === 'organizer' ? await organizers() : 'open';
      if (registration === 'closed') throw registrationClosed();
      const passwordHash = await hashing.run(() => hashPassword(password));
      const family = newFamily();
      const rights =
        registration === 'approval' ? { role: 'customer' as const, organizerRequestedAt: new Date() } : { role };
      const user = await createUser(db, { email, name, ...rights, passwordHash, families: { create: family.row } });
      return session(user, family.refreshToken);
    },

    login: async ({ email, password }, address) => {
      await limits.beforeGuess(email, address);
      const user = await db.user.findUnique({ where: { email } });
      const isRight = await hashing.run(() =>
        limits.guess(email, address, async () => {
          const matches = await verifyPassword(user?.passwordHash ?? nobodysHash, password);
          return matches && user !== null;
        }),
      );
      if (!user || !isRight) throw unauthenticated('Email or password is wrong.');
      if (isOutdated(user.passwordHash)) {
        const passwordHash = await hashing.run(() => hashPassword(password));
        await db.user.updateMany({ where: { id: user.id, passwordHash: user.passwordHash }, data: { passwordHash } });
      }
      const family = newFamily();
      await db.tokenFamily.create({ data: { ...family.row, userId: user.id } });
      return session(user as UserRow, family.refreshToken);
    },

    refresh: async (refreshToken, address) => {
      await limits.token(address);
      const result = await rotate(db, refreshToken, address);
      switch (result.kind) {
        case 'rotated':
          return session(result.user, result.refreshToken);
        case 'reused':
          log.warn({ familyId: result.familyId }, 'a spent refresh token was used: its sign-in is revoked');
          throw unauthenticated('The refresh token is not valid.');
        case 'unknown':
          throw unauthenticated('The refresh token is not valid.');
      }
    },

    logout: async (refreshToken, address) => {
      await limits.token(address);
      await revokeFamily(db, refreshToken);
    },

    read: async (id) => {
      const user = await db.user.findUnique({ where: { id }, select: USER_FIELDS });
      if (!user) throw unauthenticated('This account no longer exists.');
      return toUser(user as UserRow);
    },
  };
}

export type NewUser = Omit<Prisma.UserCreateInput, 'id' | 'role'> & { role: User['role'] };

/**
 * Writes a new account. It throws EMAIL_TAKEN if there is one; of several at once, the unique constraint lets one
 * through.
 */
export async function createUser(db: Database, user: NewUser): Promise<UserRow> {
  try {
    return (await db.user.create({ data: { id: uuidv7(), ...user }, select: USER_FIELDS })) as UserRow;
  } catch (error) {
    if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002') {
      throw new ProblemError('EMAIL_TAKEN', 'There is an account with this email. Sign in instead.', { cause: error });
    }
    throw error;
  }
}
