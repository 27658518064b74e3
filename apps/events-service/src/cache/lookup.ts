import { RedisAway, type BoundedRedis } from '@ticketing/service-kit/redis';
import type { FinishedBody } from '../event-read.ts';
import { unpackBody, type StoredBody } from './body.ts';
import type { Copies } from './copies.ts';
import type { CacheEntry } from './entry.ts';

/** A body that is valid now, or undefined if there is none. Throws RedisAway. */
export type Lookup = (entry: CacheEntry) => Promise<FinishedBody | undefined>;

export interface LookupOptions {
  redis: BoundedRedis;
  /** The era that bodies must be of; undefined: none may be served. */
  era: () => string | undefined;
  /** Gets what was found. */
  copies: Pick<Copies, 'keep' | 'version'>;
}

/** Most entries that are asked for at once, lest a large answer hold up Redis for others. */
const MAX_BATCH = 128;

/**
 * Looks up whatever was asked for since the round trip before in one round trip, each entry once: a busy replica needs
 * few round trips, and reads of the same body share it. None is shared with a look-up that was sent before the read came,
 * so what a write took away before is never found.
 */
export function createLookup(options: LookupOptions): Lookup {
  const { era } = options;
  const waiting = new Map<string, Asked>();
  let isUnderWay = false;

  const send = async () => {
    const batch = [...waiting.values()].slice(0, MAX_BATCH);
    for (const { entry } of batch) waiting.delete(entry.bodyKey);
    try {
      if (era() === undefined) throw new RedisAway('Nothing may be served from the cache now');
      const entries = batch.map(({ entry }) => entry);
      const bodies = await fetchBodies(options, entries);
      for (const [index, { resolve }] of batch.entries()) resolve(bodies[index]);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      isUnderWay = false;
      if (waiting.size > 0) schedule();
    }
  };
  const schedule = () => {
    if (isUnderWay) return;
    isUnderWay = true;
    // After what has arrived in this turn of the event loop.
    setImmediate(() => void send());
  };

  return (entry) => {
    const asked = waiting.get(entry.bodyKey);
    if (asked) return asked.promise;
    const { promise, resolve, reject } = Promise.withResolvers<FinishedBody | undefined>();
    waiting.set(entry.bodyKey, { entry, promise, resolve, reject });
    schedule();
    return promise;
  };
}

interface Asked {
  entry: CacheEntry;
  promise: Promise<FinishedBody | undefined>;
  resolve: (body: FinishedBody | undefined) => void;
  reject: (error: unknown) => void;
}

async function fetchBodies({ redis, era, copies }: LookupOptions, entries: CacheEntry[]) {
  const keys = entries.flatMap(({ stampKey, bodyKey }) => [stampKey, bodyKey]);
  const version = copies.version();
  const values: unknown = await redis.ask((client) => client.mgetBuffer(keys));
  if (!Array.isArray(values) || values.length !== keys.length) throw new RedisAway('What answers is not Redis');
  // As of now, not of when it was asked: the epoch may have ended meanwhile.
  const current = era();
  if (current === undefined) throw new RedisAway('Nothing may be served from the cache any more');
  const nowMs = Date.now();
  return entries.map((entry, index) => {
    const [stamp, value] = (values as (Buffer | null)[]).slice(index * 2, index * 2 + 2);
    const stored = unpackBody({ stamp, value }, { era: current, bodyKey: entry.bodyKey, nowMs });
    // What was dropped since may have been dropped for a write that Redis had not seen when it answered.
    if (stored && copies.version() === version) copies.keep({ entry, era: current, ...inMemoryOfItsOwn(stored) });
    return stored?.body;
  });
}

/** What came from Redis is part of a larger answer, which would be kept with it. */
function inMemoryOfItsOwn({ body, validUntilMs }: StoredBody): StoredBody {
  const json = Buffer.allocUnsafeSlow(body.json.length);
  body.json.copy(json);
  return { body: { ...body, json }, validUntilMs };
}
