import { RedisAway, type BoundedRedis } from '../redis.ts';
import { rateLimited, type Limit, type Used } from './limit.ts';
import { createRedisCounts } from './redis-counts.ts';
import { createWindows } from './windows.ts';

export interface Counted extends Used {
  /** Whether the other replicas' calls are in it: false without Redis. */
  isShared: boolean;
}

export interface ExactLimiter {
  limit: Limit;
  /** Counts a call and says how many that makes. */
  count: (key: string) => Promise<Counted>;
  /** Counts a call. @throws {ProblemError} RATE_LIMITED above the limit */
  consume: (key: string) => Promise<void>;
  /** Counts nothing. @throws {ProblemError} RATE_LIMITED if the limit is reached */
  check: (key: string) => Promise<void>;
  /** Takes a call back. */
  giveBack: (key: string) => Promise<void>;
  /** Forgets the key's calls. */
  clear: (key: string) => Promise<void>;
}

/**
 * A limit whose count is right at every call, at the price of a round trip to Redis: for calls that cost more than that.
 * Each process counts its own calls besides, so that while Redis is away or slow they count on, and where both are known
 * the larger holds: what was counted while Redis was away is not forgotten when it is back.
 */
export function createExactLimiter(limit: Limit, redis?: BoundedRedis): ExactLimiter {
  const own = createWindows(limit.windowSeconds * 1000);
  const shared = redis && createRedisCounts(redis, limit);

  const larger = (mine: Used, all: Used | undefined): Counted => ({
    ...(all && all.count >= mine.count ? all : mine),
    isShared: all !== undefined,
  });
  const add = async (key: string, by: number): Promise<Counted> => {
    const window = own.open(key);
    window.unsent += by;
    // Before the wait: others may count meanwhile.
    const mine = { count: window.unsent, msBeforeNext: window.endsAtMs - performance.now() };
    const [all] = (shared && (await unlessAway(shared.add([{ key, by }])))) ?? [];
    return larger(mine, all);
  };
  return {
    limit,
    count: (key) => add(key, 1),
    consume: async (key) => {
      const { count, msBeforeNext } = await add(key, 1);
      if (count > limit.quota) throw rateLimited(limit, msBeforeNext);
    },
    check: async (key) => {
      const window = own.find(key);
      const mine = window
        ? { count: window.unsent, msBeforeNext: window.endsAtMs - performance.now() }
        : { count: 0, msBeforeNext: 0 };
      const { count, msBeforeNext } = larger(mine, shared && (await unlessAway(shared.read(key))));
      if (count >= limit.quota) throw rateLimited(limit, msBeforeNext);
    },
    giveBack: async (key) => {
      await add(key, -1);
    },
    clear: async (key) => {
      own.delete(key);
      if (shared) await unlessAway(shared.delete(key));
    },
  };
}

async function unlessAway<Answer>(answer: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof RedisAway) return undefined;
    throw error;
  }
}
