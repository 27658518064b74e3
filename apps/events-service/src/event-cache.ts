import { ProblemError } from '@ticketing/service-kit/problem';
import { RedisAway, type BoundedRedis } from '@ticketing/service-kit/redis';
import type { Registry } from 'prom-client';
import { eraOf } from './cache/body.ts';
import { cacheMetrics } from './cache/metrics.ts';
import { eventBodyKey, eventEntry, listEntry, LIST_STAMP_KEY } from './cache/entry.ts';
import { openLocalCopies } from './cache/local-copies.ts';
import { createLookup } from './cache/lookup.ts';
import type { CachePermit } from './cache/permit.ts';
import { createReadThrough, type CachedRead } from './cache/read-through.ts';
import { createRecentlyAsked } from './cache/recently-asked.ts';
import type { FinishedBody, FinishedEvent, FinishedPage, ListQuery } from './event-read.ts';
import { isPublic, type StoredEvent } from './event.ts';

export interface EventCache {
  /** The event's body, no older than the call: a copy if there is one, else what `load` gives. Only public events are kept. */
  readEvent: (
    id: string,
    load: () => Promise<FinishedEvent | undefined>,
  ) => Promise<CachedRead<FinishedEvent | undefined>>;
  /** The same for a page of the list, as of `now`. */
  readPage: (query: ListQuery, now: Date, load: () => Promise<FinishedPage>) => Promise<CachedRead<FinishedPage>>;
  /** What `readEvent` and `readPage` would answer, if this process may answer without asking anyone. */
  eventCopy: (id: string) => FinishedBody | undefined;
  pageCopy: (query: ListQuery, now: Date) => FinishedBody | undefined;
  /**
   * Runs a write, of the event with this id or of a new one. When it has returned, no replica serves what was before.
   * It throws what the write throws, and UNAVAILABLE where older copies may be about after all.
   */
  write: (id: string | undefined, work: () => Promise<StoredEvent>) => Promise<StoredEvent>;
  /** To be closed before its Redis is. */
  close: () => Promise<void>;
}

/** For running without Redis: every read is the database's. */
export const noCache: EventCache = {
  readEvent: async (_id, load) => ({ cache: 'BYPASS', value: await load() }),
  readPage: async (_query, _now, load) => ({ cache: 'BYPASS', value: await load() }),
  eventCopy: () => undefined,
  pageCopy: () => undefined,
  write: (_id, work) => work(),
  close: () => Promise.resolve(),
};

export interface EventCacheOptions {
  redis: BoundedRedis;
  /** The same on a connection of its own, which is closed with the cache. */
  inboxRedis: BoundedRedis;
  permit: CachePermit;
  ttlSeconds: number;
  registry: Registry;
  /** For copies in this process; 0: none. */
  maxCopyBytes?: number;
}

/** More than a thousand events and lists. */
const MAX_COPY_BYTES = 16 * 1024 * 1024;
/** Searches that each replica remembers, to keep only those that are asked for again. */
const REMEMBERED_VARIANTS = 2_000;

/** The catalogue's cache in Redis, by the protocol of docs/decisions/0008. */
export function createEventCache(options: EventCacheOptions): EventCache {
  const { redis, inboxRedis, permit, ttlSeconds, registry, maxCopyBytes: maxBytes = MAX_COPY_BYTES } = options;
  const ttlMs = ttlSeconds * 1_000;
  const era = currentEra(redis, permit);
  const wasAsked = createRecentlyAsked({ limit: REMEMBERED_VARIANTS, withinMs: ttlMs });
  const copies = openLocalCopies({ redis, inboxRedis, era, maxBytes });
  const count = cacheMetrics(registry, copies);
  const lookup = createLookup({ redis, era, copies });
  const common = { redis, lookup, era, ttlMs, onError: count.error };
  const events = createReadThrough<FinishedEvent | undefined>({
    ...common,
    mayFill: () => true,
    keep: (event) => (event?.isPublic ? { body: event } : undefined),
  });
  const pages = createReadThrough<FinishedPage>({
    ...common,
    mayFill: ({ isVariant, bodyKey }) => !isVariant || wasAsked(bodyKey),
    keep: (page) => ({ body: page, ...(page.until && { until: page.until }) }),
  });

  const invalidate = async (id: string | undefined) => {
    const entry = id === undefined ? undefined : eventEntry(id);
    try {
      const how = await copies.announce({
        stamps: entry ? [LIST_STAMP_KEY, entry.stampKey] : [LIST_STAMP_KEY],
        bodies: entry ? [entry.bodyKey] : [],
      });
      count.invalidation(how);
    } catch (error) {
      if (!(error instanceof RedisAway)) throw error;
      count.invalidation('epoch-ended');
      await permit.endEpoch();
    }
  };
  const copyOf = (what: 'event' | 'list', bodyKey: string): FinishedBody | undefined => {
    const body = copies.find(bodyKey);
    if (body) count.hit(what);
    return body;
  };
  const fromCopy = (what: 'event' | 'list', bodyKey: string): CachedRead<never> | undefined => {
    const body = copyOf(what, bodyKey);
    return body && { cache: 'HIT', body };
  };

  return {
    readEvent: async (id, load) =>
      fromCopy('event', eventBodyKey(id)) ?? count.read('event', await events(eventEntry(id), load)),
    readPage: async (query, now, load) => {
      const entry = listEntry(query, now);
      return fromCopy('list', entry.bodyKey) ?? count.read('list', await pages(entry, load));
    },
    eventCopy: (id) => copyOf('event', eventBodyKey(id)),
    pageCopy: (query, now) => copyOf('list', listEntry(query, now).bodyKey),
    write: async (id, work) => {
      let event: StoredEvent;
      try {
        event = await work();
      } catch (error) {
        // What became of it is not known, or the client is told that the event is not what it took it for.
        if (isTelling(error)) await invalidate(id).catch(() => undefined);
        throw error;
      }
      // Also when nothing changed: it may be the second try of a write that was stored by one that died.
      if (isPublic(event)) await invalidate(event.id);
      return event;
    },
    close: copies.close,
  };
}

function isTelling(error: unknown): boolean {
  return !(error instanceof ProblemError) || error.code === 'VERSION_CONFLICT' || error.code === 'EVENT_STATE';
}

/** Bodies may be served and kept while the database's permit holds and Redis answers. */
function currentEra(redis: BoundedRedis, permit: CachePermit): () => string | undefined {
  let known = { epoch: '', runId: '', era: '' };
  return () => {
    const epoch = permit.epoch();
    const runId = redis.runId();
    if (epoch === undefined || runId === undefined) return undefined;
    if (known.epoch !== epoch || known.runId !== runId) known = { epoch, runId, era: eraOf(epoch, runId) };
    return known.era;
  };
}
