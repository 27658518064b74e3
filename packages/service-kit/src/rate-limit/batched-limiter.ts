import type { BoundedRedis } from '../redis.ts';
import { rateLimited, type Limit } from './limit.ts';
import { createRedisCounts, type RedisCounts } from './redis-counts.ts';
import { createWindows, type Window } from './windows.ts';

export interface BatchedLimiter {
  limit: Limit;
  /** Counts a call, without waiting. @throws {ProblemError} RATE_LIMITED at the limit; then it is not counted */
  take: (key: string) => void;
  /** Takes a call back. */
  giveBack: (key: string) => void;
  /** Tells Redis now what it is to know, instead of within `SHARE_EVERY_MS`; while Redis is away, it is kept. */
  share: () => Promise<void>;
  close: () => void;
}

/** How old a replica's knowledge of the others may be. */
const SHARE_EVERY_MS = 100;
/** Keys told at once. */
const MAX_SHARED_AT_ONCE = 500;
/** Keys kept for a Redis that is away: a bound on what clients that change their address at will can make them. */
const MAX_KEPT = 20_000;
/** Part of the quota that a client has at each replica before the others are told of it. */
const UNSHARED_PART = 0.1;

/**
 * A limit for a hot path: decided in memory, reconciled with Redis in batches that nobody waits for, and only for clients
 * that have used a tenth of their quota at one replica. Ordinary clients therefore never cost Redis anything. All replicas
 * together admit at most the quota, and a tenth of it for each further replica, and what came within `SHARE_EVERY_MS`.
 */
export function createBatchedLimiter(limit: Limit, redis?: BoundedRedis): BatchedLimiter {
  const { quota, windowSeconds } = limit;
  const windows = createWindows(windowSeconds * 1000);
  const counts = redis && createRedisCounts(redis, limit);
  const shareFrom = Math.max(1, Math.floor(quota * UNSHARED_PART));
  const queue = new Map<string, Window>();
  let timer: NodeJS.Timeout | undefined;
  let told = Promise.resolve();

  const shareBatch = async () => {
    clearTimeout(timer);
    timer = undefined;
    if (redis?.runId() === undefined) {
      forgetEnded(queue);
      if (queue.size > 0) schedule();
      return;
    }
    const batch = [...queue].slice(0, MAX_SHARED_AT_ONCE);
    for (const [key] of batch) queue.delete(key);
    if (counts && batch.length > 0) await tell(counts, batch);
    if (queue.size > 0) schedule();
  };
  /** One after the other: whoever waits for it knows that what was under way has arrived as well. */
  const share = () => (told = told.then(shareBatch));
  const schedule = () => {
    timer ??= setTimeout(() => void share(), SHARE_EVERY_MS).unref();
  };
  const enqueue = (key: string, window: Window) => {
    if (!counts || window.isQueued || window.shared + window.unsent < shareFrom) return;
    window.isQueued = true;
    queue.set(key, window);
    schedule();
  };
  return {
    limit,
    take: (key) => {
      const window = windows.open(key);
      if (window.shared + window.unsent >= quota) throw rateLimited(limit, window.endsAtMs - performance.now());
      window.unsent++;
      enqueue(key, window);
    },
    giveBack: (key) => {
      const window = windows.find(key);
      if (!window || window.shared + window.unsent <= 0) return;
      enqueue(key, window);
      window.unsent--;
    },
    share,
    close: () => clearTimeout(timer),
  };
}

/** Drops what would mean nothing to Redis any more, and the oldest of what is too much. */
function forgetEnded(queue: Map<string, Window>): void {
  const nowMs = performance.now();
  for (const [key, window] of queue) {
    if (window.endsAtMs > nowMs && queue.size <= MAX_KEPT) continue;
    window.isQueued = false;
    queue.delete(key);
  }
}

async function tell(counts: RedisCounts, batch: [string, Window][]): Promise<void> {
  const changes = batch.map(([key, window]) => ({ key, by: window.unsent }));
  for (const [, window] of batch) {
    // Known from now on, whatever becomes of it: telling twice what Redis did count would refuse clients too early.
    window.shared += window.unsent;
    window.unsent = 0;
    window.isQueued = false;
  }
  const all = await counts.add(changes).catch(() => []);
  const nowMs = performance.now();
  for (const [index, { count, msBeforeNext }] of all.entries()) {
    const window = batch[index]?.[1];
    if (!window) continue;
    // Never below what was counted here: Redis may have been away, or restarted empty, for a part of it.
    if (count < window.shared) continue;
    window.shared = count;
    window.endsAtMs = nowMs + msBeforeNext;
  }
}
