import { setTimeout as pause } from 'node:timers/promises';
import { RedisAway, type BoundedRedis } from '@ticketing/service-kit/redis';
import type { FinishedBody } from '../event-read.ts';
import type { CacheEntry } from './entry.ts';
import { giveUpTurn, storeBody, takeTurn } from './fill.ts';
import type { Lookup } from './lookup.ts';
import { createSharedRead } from './shared-read.ts';

/** What a read came to, and how: from the cache, from the database after a look-up, or from the database alone. */
export type CachedRead<Value> = { cache: 'HIT'; body: FinishedBody } | { cache: 'MISS' | 'BYPASS'; value: Value };

export interface ReadThroughOptions<Value> {
  redis: BoundedRedis;
  lookup: Lookup;
  era: () => string | undefined;
  ttlMs: number;
  /** Whether to keep what is not there yet. */
  mayFill: (entry: CacheEntry) => boolean;
  /** What to keep of a value, and until when at most; undefined: nothing. */
  keep: (value: Value) => { body: FinishedBody; until?: Date } | undefined;
  onError: () => void;
}

/** How long a read waits for another replica that is filling before it reads for itself. */
const WAIT_FOR_FILL_MS = 300;
const FILL_POLL_MS = 10;
/** Larger ones would hold up Redis, and push out a thousand others. */
const MAX_BODY_BYTES = 256 * 1024;
/** A body lives a little less than its stamp, and not as long as the others that were stored with it. */
const TTL_JITTER = 0.1;

/**
 * Reads through the cache: an entry that is missing is read from the database once, by one replica, and kept. Whatever
 * Redis does, the value comes, and is no older than the call. It throws what `load` throws.
 */
export function createReadThrough<Value>(options: ReadThroughOptions<Value>) {
  const { redis, lookup, era, ttlMs, mayFill, keep, onError } = options;
  const sharedRead = createSharedRead<Value>();
  const fills = new Map<string, Promise<CachedRead<Value>>>();

  return async (entry: CacheEntry, load: () => Promise<Value>): Promise<CachedRead<Value>> => {
    const fromDatabase = async (cache: 'MISS' | 'BYPASS'): Promise<CachedRead<Value>> => ({
      cache,
      value: await sharedRead(entry.bodyKey, load),
    });
    try {
      const found = await lookup(entry);
      if (found) return { cache: 'HIT', body: found };
      const filling = fills.get(entry.bodyKey);
      if (filling) {
        await filling;
        // Not what was read for it: that read may have begun before a write that this one must see.
        const filled = await lookup(entry);
        return filled ? { cache: 'HIT', body: filled } : await fromDatabase('MISS');
      }
      if (!mayFill(entry)) return await fromDatabase('MISS');
      const fill = fillOnce(entry, fromDatabase).finally(() => fills.delete(entry.bodyKey));
      fills.set(entry.bodyKey, fill);
      return await fill;
    } catch (error) {
      if (!(error instanceof RedisAway)) throw error;
      onError();
      return fromDatabase('BYPASS');
    }
  };

  async function fillOnce(
    entry: CacheEntry,
    fromDatabase: (cache: 'MISS') => Promise<CachedRead<Value>>,
  ): Promise<CachedRead<Value>> {
    const deadline = performance.now() + WAIT_FOR_FILL_MS;
    for (;;) {
      const current = era();
      if (current === undefined) throw new RedisAway('Nothing may be kept now');
      const turn = await takeTurn(redis, entry, current);
      if (turn.kind === 'done') return { cache: 'HIT', body: turn.body };
      if (turn.kind === 'mine') return fill(entry, turn.stamp, fromDatabase);
      if (performance.now() >= deadline) return fromDatabase('MISS');
      await pause(FILL_POLL_MS);
    }
  }

  async function fill(
    entry: CacheEntry,
    stamp: string,
    fromDatabase: (cache: 'MISS') => Promise<CachedRead<Value>>,
  ): Promise<CachedRead<Value>> {
    let kept: ReturnType<typeof keep>;
    try {
      const read = await fromDatabase('MISS');
      if ('value' in read) kept = keep(read.value);
      return read;
    } finally {
      const isKept = kept && Buffer.byteLength(kept.body.json) <= MAX_BODY_BYTES;
      const ending = isKept && kept ? store(entry, stamp, kept) : giveUpTurn(redis, entry, stamp);
      // The value is there; that it is not kept is the next reader's loss.
      await ending.catch(onError);
    }
  }

  async function store(entry: CacheEntry, stamp: string, kept: { body: FinishedBody; until?: Date }): Promise<void> {
    const jittered = Date.now() + ttlMs * (1 - Math.random() * TTL_JITTER);
    const validUntilMs = Math.floor(Math.min(jittered, kept.until?.getTime() ?? Infinity));
    await storeBody(redis, entry, stamp, { body: kept.body, validUntilMs, stampTtlMs: ttlMs });
  }
}
