import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { ProblemError, unavailable } from '@ticketing/service-kit/problem';
import { createExactLimiter } from '@ticketing/service-kit/rate-limit/exact-limiter';
import { RedisAway, type BoundedRedis } from '@ticketing/service-kit/redis';

/** Keeps calls below Stripe's limit (https://docs.stripe.com/rate-limits). */
export interface StripeLimiter {
  /**
   * Lets a caller through who will not wait.
   * @throws {ProblemError} RATE_LIMITED with Retry-After when the second's calls are used up
   */
  admit: () => Promise<void>;
  /** Waits for a turn: for work in the background. Never takes the last fifth of a second's calls, which is buyers'. */
  waitTurn: () => Promise<void>;
}

/** Background calls waiting for a turn; the sweep hands out fewer at a time. */
const MAX_QUEUED = 1_000;
const BUYERS_PART = 0.2;

/**
 * With Redis, all processes that share it draw from one allowance; while it is away, each has its fair share of it. Without,
 * the allowance is this process' own.
 */
export function createStripeLimiter(maxPerSecond: number, redis?: BoundedRedis): StripeLimiter {
  const reserved = Math.floor(maxPerSecond * BUYERS_PART);
  const all = createExactLimiter({ name: 'stripe', quota: maxPerSecond, windowSeconds: 1 }, redis);
  const background = createExactLimiter(
    { name: 'stripe-background', quota: maxPerSecond - reserved, windowSeconds: 1 },
    redis,
  );
  const sharers = redis && createSharers(redis);

  /** How long to wait before asking again; 0: the call may be made. */
  const take = async (limiter: typeof all): Promise<number> => {
    sharers?.announce();
    const { count, isShared, msBeforeNext } = await limiter.count(KEY);
    const { quota } = limiter.limit;
    const allowed = isShared || !sharers ? quota : Math.max(1, Math.floor(quota / sharers.count()));
    return count <= allowed ? 0 : Math.max(1, msBeforeNext);
  };
  const takeTurn = async () => {
    for (const limiter of [background, all]) {
      for (let waitMs = await take(limiter); waitMs > 0; waitMs = await take(limiter)) await pause(waitMs);
    }
  };

  let queued = 0;
  let last: Promise<void> = Promise.resolve();
  return {
    admit: async () => {
      const waitMs = await take(all);
      if (waitMs === 0) return;
      throw new ProblemError(
        'RATE_LIMITED',
        'Too many payments are being started. Your tickets stay held; try again.',
        { headers: { 'Retry-After': String(Math.ceil(waitMs / 1000)) } },
      );
    },
    waitTurn: async () => {
      if (queued >= MAX_QUEUED) throw unavailable(`More than ${MAX_QUEUED} calls wait for their turn at Stripe.`);
      queued++;
      const turn = last.then(takeTurn).finally(() => queued--);
      last = turn.catch(() => undefined);
      await turn;
    },
  };
}

const KEY = 'account';
const SHARERS_KEY = 'ticketing:limit:stripe:sharers';
const ANNOUNCE_EVERY_MS = 5_000;
/** Who has not called Stripe for so long needs no share. */
const FORGOTTEN_AFTER_MS = 30_000;
/** Assumed at least: where there is Redis, there is seldom one process alone. */
const MIN_SHARERS = 2;

/** Knows how many processes call Stripe, for when Redis is away and can't be asked. */
function createSharers(redis: BoundedRedis) {
  const id = randomUUID();
  let count = MIN_SHARERS;
  let announcedAtMs = -Infinity;
  const tell = async () => {
    const nowMs = Date.now();
    const results = await redis.ask((client) =>
      client
        .multi()
        .zadd(SHARERS_KEY, nowMs, id)
        .zremrangebyscore(SHARERS_KEY, '-inf', nowMs - FORGOTTEN_AFTER_MS)
        .zcard(SHARERS_KEY)
        .pexpire(SHARERS_KEY, FORGOTTEN_AFTER_MS)
        .exec(),
    );
    count = Math.max(MIN_SHARERS, Number(results?.[2]?.[1] ?? 0));
  };
  return {
    count: () => count,
    /** Nobody waits for it. */
    announce: () => {
      if (performance.now() - announcedAtMs < ANNOUNCE_EVERY_MS) return;
      announcedAtMs = performance.now();
      tell().catch((error: unknown) => {
        announcedAtMs = -Infinity;
        if (!(error instanceof RedisAway)) throw error;
      });
    },
  };
}
