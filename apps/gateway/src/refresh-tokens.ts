import { createHash, randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type { Database } from './database.ts';
import type { UserRow } from './user.ts';

const DAY_MS = 24 * 60 * 60_000;

/** A token that is not used for this long is worth nothing any more. */
const TOKEN_LIFE_MS = 30 * DAY_MS;
/** However often its tokens are refreshed, a sign-in is over after this. */
const FAMILY_LIFE_MS = 90 * DAY_MS;

export interface NewFamily {
  /** For the client; nothing of ours keeps it. */
  refreshToken: string;
  /** Rows to be created below the user. */
  row: { id: string; endsAt: Date; tokens: { create: { tokenHash: Uint8Array<ArrayBuffer>; expiresAt: Date } } };
}

/** The first token of a sign-in, with the family that all later ones belong to. */
export function newFamily(now = Date.now()): NewFamily {
  const refreshToken = newToken();
  const tokens = { create: { tokenHash: hashOf(refreshToken), expiresAt: new Date(now + TOKEN_LIFE_MS) } };
  return { refreshToken, row: { id: uuidv7(), endsAt: new Date(now + FAMILY_LIFE_MS), tokens } };
}

export type Rotated =
  | { kind: 'rotated'; user: UserRow; refreshToken: string }
  /** It was spent before, so one of the two who had it is a thief: the family is revoked. */
  | { kind: 'reused'; familyId: string }
  | { kind: 'unknown' };

/**
 * Spends a refresh token and issues the next one, in one statement: of any number of callers with the same token, one
 * gets the next. The others have used a spent token (RFC 9700 section 4.14.2).
 */
export async function rotate(db: Database, spent: string): Promise<Rotated> {
  const refreshToken = newToken();
  const [user] = await db.$queryRaw<UserRow[]>`
    WITH spent AS (
      UPDATE refresh_tokens AS token
      SET spent_at = now()
      FROM token_families AS family
      WHERE token.token_hash = ${hashOf(spent)}
        AND token.spent_at IS NULL
        AND token.expires_at > now()
        AND family.id = token.family_id
        AND family.revoked_at IS NULL
      RETURNING family.id AS family_id, family.user_id, family.ends_at
    ), issued AS (
      INSERT INTO refresh_tokens (token_hash, family_id, expires_at)
      SELECT ${hashOf(refreshToken)}, family_id, least(now() + ${TOKEN_LIFE_MS} * interval '1 ms', ends_at)
      FROM spent
    )
    SELECT users.id, users.email, users.name, users.role, users.organizer_requested_at AS "organizerRequestedAt"
    FROM spent
    JOIN users ON users.id = spent.user_id`;
  if (user) return { kind: 'rotated', user, refreshToken };

  // A statement of its own, so that it sees what the winner of a race has committed.
  const [family] = await db.$queryRaw<{ id: string }[]>`
    UPDATE token_families AS family
    SET revoked_at = now()
    FROM refresh_tokens AS token
    WHERE token.token_hash = ${hashOf(spent)}
      AND token.spent_at IS NOT NULL
      AND family.id = token.family_id
      AND family.revoked_at IS NULL
    RETURNING family.id`;
  return family ? { kind: 'reused', familyId: family.id } : { kind: 'unknown' };
}

/** Revokes all tokens of the sign-in that the token came from; does nothing if there is no such token (RFC 7009). */
export async function revokeFamily(db: Database, token: string): Promise<void> {
  await db.tokenFamily.updateMany({
    where: { revokedAt: null, tokens: { some: { tokenHash: hashOf(token) } } },
    data: { revokedAt: new Date() },
  });
}

const EXPIRED_BATCH = 1_000;

/**
 * Deletes tokens and families whose time is over, up to 1,000 of each, and returns how many went. Several processes may
 * do it at once.
 */
export async function deleteExpired(db: Database): Promise<number> {
  const tokens = await db.$executeRaw`
    DELETE FROM refresh_tokens
    WHERE token_hash IN (
      SELECT token_hash FROM refresh_tokens
      WHERE expires_at < now() ORDER BY expires_at LIMIT ${EXPIRED_BATCH} FOR UPDATE SKIP LOCKED
    )`;
  const families = await db.$executeRaw`
    DELETE FROM token_families
    WHERE id IN (
      SELECT id FROM token_families
      WHERE ends_at < now() ORDER BY ends_at LIMIT ${EXPIRED_BATCH} FOR UPDATE SKIP LOCKED
    )`;
  return tokens + families;
}

function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/** Unsalted and fast is enough: there is no guessing 256 random bits. */
function hashOf(token: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash('sha256').update(token).digest());
}
