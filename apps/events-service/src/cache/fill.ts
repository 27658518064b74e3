import { RedisAway, type BoundedRedis } from '@ticketing/service-kit/redis';
import type { FinishedBody } from '../event-read.ts';
import { newStamp, packBody, unpackBody } from './body.ts';
import type { CacheEntry } from './entry.ts';

/** Whether the caller is to fill an entry. */
export type Turn =
  /** It is: to read the database from now on, and to `store` with this stamp or `giveUp`. */
  | { kind: 'mine'; stamp: string }
  /** Another replica is at it. */
  | { kind: 'taken' }
  /** Another replica has done it. */
  | { kind: 'done'; body: FinishedBody };

/** How long a replica may take to fill before another one may try as well: it may have died. */
const LOCK_MS = 1_000;
/** Life of a stamp with no body yet. Longer than a database read may take. */
const STAMP_MS = 15_000;

/**
 * Asks for the turn to fill an entry. The stamp is there before the database is read, so a write that is acknowledged
 * later deletes it, and what was read before that write cannot be stored. Throws RedisAway.
 */
export async function takeTurn(redis: BoundedRedis, entry: CacheEntry, era: string): Promise<Turn> {
  const { stampKey, bodyKey, lockKey } = entry;
  const answer: unknown = await redis.ask((client) =>
    client.callBuffer('eval', TAKE_TURN, 3, stampKey, bodyKey, lockKey, era, newStamp(era), STAMP_MS, LOCK_MS),
  );
  if (!Array.isArray(answer)) throw new RedisAway('What answers is not Redis');
  const [kind, stamp, value] = (answer as unknown[]).map((part) => (Buffer.isBuffer(part) ? part : null));
  switch (kind?.toString()) {
    case 'mine':
      return { kind: 'mine', stamp: stamp?.toString() ?? '' };
    case 'taken':
      return { kind: 'taken' };
    case 'body': {
      const stored = unpackBody({ stamp, value }, { era, bodyKey, nowMs: Date.now() });
      return stored ? { kind: 'done', body: stored.body } : { kind: 'taken' };
    }
    case undefined:
    default:
      throw new RedisAway('What answers is not Redis');
  }
}

/**
 * Stores a body, unless a write has taken the stamp away since, and ends the turn. Returns whether it was stored.
 * Throws RedisAway.
 */
export async function storeBody(
  redis: BoundedRedis,
  entry: CacheEntry,
  stamp: string,
  { body, validUntilMs, stampTtlMs }: { body: FinishedBody; validUntilMs: number; stampTtlMs: number },
): Promise<boolean> {
  const { stampKey, bodyKey, lockKey } = entry;
  const value = packBody(stamp, bodyKey, body, validUntilMs);
  const ttlMs = Math.max(1, Math.ceil(validUntilMs - Date.now()));
  const stored: unknown = await redis.ask((client) =>
    client.eval(STORE, 3, stampKey, bodyKey, lockKey, stamp, value, ttlMs, stampTtlMs),
  );
  return stored === 1;
}

/** Ends a turn without storing anything. Throws RedisAway. */
export async function giveUpTurn(redis: BoundedRedis, { lockKey }: CacheEntry, stamp: string): Promise<void> {
  await redis.ask((client) => client.eval(GIVE_UP, 1, lockKey, stamp));
}

// The lock holds the stamp that its holder fills under: when a write has taken that stamp away, the lock is void too.
// A value of some other type, which cannot be ours, is as good as none.
const TAKE_TURN = `
  local function read(key)
    local value = redis.pcall('get', key)
    if type(value) == 'table' then
      redis.call('del', key)
      return false
    end
    return value
  end
  local stamp = read(KEYS[1])
  if not stamp or string.sub(stamp, 1, #ARGV[1]) ~= ARGV[1] then
    stamp = ARGV[2]
    redis.call('set', KEYS[1], stamp, 'PX', ARGV[3])
  end
  local body = read(KEYS[2])
  if body and string.sub(body, 1, #stamp) == stamp then
    return { 'body', stamp, body }
  end
  if read(KEYS[3]) == stamp then
    return { 'taken' }
  end
  redis.call('set', KEYS[3], stamp, 'PX', ARGV[4])
  return { 'mine', stamp }`;

const GIVE_UP = `
  if redis.call('get', KEYS[1]) == ARGV[1] then
    return redis.call('del', KEYS[1])
  end
  return 0`;

const STORE = `
  local stored = 0
  if redis.call('get', KEYS[1]) == ARGV[1] then
    redis.call('set', KEYS[2], ARGV[2], 'PX', ARGV[3])
    redis.call('pexpire', KEYS[1], ARGV[4])
    stored = 1
  end
  if redis.call('get', KEYS[3]) == ARGV[1] then
    redis.call('del', KEYS[3])
  end
  return stored`;
