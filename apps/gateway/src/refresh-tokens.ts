import { createHash, createHmac, randomBytes } from 'node:crypto';
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

/** How long a spent token may be sent again: longer than a client waits before it sends a request again. */
const GRACE_MS = 10_000;

/**
 * Spends a refresh token and issues the next one, in one statement: of any number of callers with the same token, one
 * gets it. For 10 s the same client gets the same next one again: two tabs, or a request sent again since its answer was
 * lost, are no theft. All others have used a spent token (RFC 9700 section 4.14.2). `client` is as `clientAddress` tells it.
 */
export async function rotate(db: Database, spent: string, client: string): Promise<Rotated> {
  const salt = new Uint8Array(randomBytes(32));
  const refreshToken = successorOf(spent, salt);
  const [user] = await db.$queryRaw<UserRow[]>`
    WITH spent AS (
      UPDATE refresh_tokens AS token
      SET spent_at = now(), successor_salt = ${salt}, spent_by = ${spenderOf(spent, client)}
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
  // Statements of their own, so that they see what the winner of a race has committed.
  return (await repeat(db, spent, client)) ?? (await revokeReused(db, spent));
}

/** The successor that was issued already, where the same client asks again in time. */
async function repeat(db: Database, spent: string, client: string): Promise<Rotated | undefined> {
  const [found] = await db.$queryRaw<(UserRow & { salt: Uint8Array })[]>`
    SELECT
      users.id, users.email, users.name, users.role, users.organizer_requested_at AS "organizerRequestedAt",
      token.successor_salt AS salt
    FROM refresh_tokens AS token
    JOIN token_families AS family ON family.id = token.family_id
    JOIN users ON users.id = family.user_id
    WHERE token.token_hash = ${hashOf(spent)}
      AND token.spent_at > now() - ${GRACE_MS} * interval '1 ms'
      AND token.spent_by = ${spenderOf(spent, client)}
      AND family.ends_at > now()
      AND family.revoked_at IS NULL`;
  if (!found) return undefined;
  const { salt, ...user } = found;
  return { kind: 'rotated', user, refreshToken: successorOf(spent, salt) };
}

async function revokeReused(db: Database, spent: string): Promise<Rotated> {
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

/** Needs both the token, which only its holder has, and the salt, which only the database has: neither alone tells it. */
function successorOf(token: string, salt: Uint8Array): string {
  return createHmac('sha256', token).update('successor').update(salt).digest('base64url');
}

/** Tells whether it is the same client, to whoever has the token. Without it, trying all addresses finds nothing. */
function spenderOf(token: string, client: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHmac('sha256', token).update('spender').update(client).digest());
}

/** Unsalted and fast is enough: there is no guessing 256 random bits. */
function hashOf(token: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash('sha256').update(token).digest());
}
