import { ProblemError } from '@ticketing/service-kit/problem';
import { RedisAway, type BoundedRedis } from '@ticketing/service-kit/redis';
import { Counter, type Registry } from 'prom-client';
import { eraOf } from './cache/body.ts';
import { eventEntry, listEntry, LIST_STAMP_KEY } from './cache/entry.ts';
import { createLookup } from './cache/lookup.ts';
import type { CachePermit } from './cache/permit.ts';
import { createReadThrough, type CachedRead } from './cache/read-through.ts';
import { createRecentlyAsked } from './cache/recently-asked.ts';
import type { FinishedEvent, FinishedPage, ListQuery } from './event-read.ts';
import { isPublic, type StoredEvent } from './event.ts';

export interface EventCache {
  /** The event's body, no older than the call: a copy if there is one, else what `load` gives. Only public events are kept. */
  readEvent: (
    id: string,
    load: () => Promise<FinishedEvent | undefined>,
  ) => Promise<CachedRead<FinishedEvent | undefined>>;
  /** The same for a page of the list, as of `now`. */
  readPage: (query: ListQuery, now: Date, load: () => Promise<FinishedPage>) => Promise<CachedRead<FinishedPage>>;
  /**
   * Runs a write, of the event with this id or of a new one. When it has returned, no replica serves what was before.
   * It throws what the write throws, and UNAVAILABLE where older copies may be about after all.
   */
  write: (id: string | undefined, work: () => Promise<StoredEvent>) => Promise<StoredEvent>;
}

/** For running without Redis: every read is the database's. */
export const noCache: EventCache = {
  readEvent: async (_id, load) => ({ cache: 'BYPASS', value: await load() }),
  readPage: async (_query, _now, load) => ({ cache: 'BYPASS', value: await load() }),
  write: (_id, work) => work(),
};

export interface EventCacheOptions {
  redis: BoundedRedis;
  permit: CachePermit;
  ttlSeconds: number;
  registry: Registry;
}

/** A write waits longer than a read: what it cannot deliver costs it a whole epoch. */
const INVALIDATE_TIMEOUT_MS = 1_000;
/** Searches that each replica remembers, to keep only those that are asked for again. */
const REMEMBERED_VARIANTS = 2_000;

/** The catalogue's cache in Redis, by the protocol of docs/decisions/0008. */
export function createEventCache({ redis, permit, ttlSeconds, registry }: EventCacheOptions): EventCache {
  const count = cacheMetrics(registry);
  const ttlMs = ttlSeconds * 1_000;
  const era = currentEra(redis, permit);
  const wasAsked = createRecentlyAsked({ limit: REMEMBERED_VARIANTS, withinMs: ttlMs });
  const lookup = createLookup({ redis, era });
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

  const isDelivered = async (id: string | undefined) => {
    const entry = id === undefined ? undefined : eventEntry(id);
    const keys = entry ? [LIST_STAMP_KEY, entry.stampKey, entry.bodyKey] : [LIST_STAMP_KEY];
    try {
      const deleted: unknown = await redis.ask((client) => client.del(keys), {
        timeoutMs: INVALIDATE_TIMEOUT_MS,
        evenIfSlow: true,
      });
      if (typeof deleted !== 'number') throw new RedisAway('What answers is not Redis');
      count.invalidation('delivered');
      return true;
    } catch (error) {
      if (!(error instanceof RedisAway)) throw error;
      count.invalidation('epoch-ended');
      return false;
    }
  };
  const invalidate = async (id: string | undefined) => {
    if (!(await isDelivered(id))) await permit.endEpoch();
  };

  return {
    readEvent: async (id, load) => count.read('event', await events(eventEntry(id), load)),
    readPage: async (query, now, load) => count.read('list', await pages(listEntry(query, now), load)),
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

function cacheMetrics(registry: Registry) {
  const reads = new Counter({
    name: 'events_cache_reads_total',
    help: 'Reads of the catalogue by what was read and how: HIT, MISS or BYPASS',
    labelNames: ['what', 'cache'] as const,
    registers: [registry],
  });
  const errors = new Counter({
    name: 'events_cache_errors_total',
    help: 'Reads that did without the cache, or could not fill it, because Redis or the permit was away',
    registers: [registry],
  });
  const invalidations = new Counter({
    name: 'events_cache_invalidations_total',
    help: 'Invalidations by how: delivered to Redis, or by ending the epoch and waiting',
    labelNames: ['how'] as const,
    registers: [registry],
  });
  return {
    read: <Value>(what: 'event' | 'list', read: CachedRead<Value>) => {
      reads.inc({ what, cache: read.cache });
      return read;
    },
    error: () => errors.inc(),
    invalidation: (how: 'delivered' | 'epoch-ended') => invalidations.inc({ how }),
  };
}
