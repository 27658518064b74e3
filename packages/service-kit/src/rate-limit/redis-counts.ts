import type { Redis } from 'ioredis';
import { RateLimiterRedis } from 'rate-limiter-flexible';
import type { BoundedRedis } from '../redis.ts';
import type { Limit, Used } from './limit.ts';

/** Counts that all replicas share. All throw RedisAway. */
export interface RedisCounts {
  /** Adds to each key, in one round trip. Negative: gives back. */
  add: (changes: { key: string; by: number }[]) => Promise<Used[]>;
  read: (key: string) => Promise<Used | undefined>;
  delete: (key: string) => Promise<void>;
}

/** Keeps counts under `ticketing:limit:<name>:<key>`, which end with their window. */
export function createRedisCounts(redis: BoundedRedis, { name, quota, windowSeconds }: Limit): RedisCounts {
  let limiter: RateLimiterRedis | undefined;
  const on = (client: Redis) =>
    (limiter ??= new RateLimiterRedis({
      storeClient: client,
      keyPrefix: `ticketing:limit:${name}`,
      points: quota,
      duration: windowSeconds,
    }));
  return {
    add: (changes) =>
      redis.ask(async (client) => {
        const results = await Promise.all(changes.map(({ key, by }) => on(client).penalty(key, by)));
        return results.map(toUsed);
      }),
    read: (key) =>
      redis.ask(async (client) => {
        const result = await on(client).get(key);
        return result ? toUsed(result) : undefined;
      }),
    delete: async (key) => {
      await redis.ask((client) => on(client).delete(key));
    },
  };
}

const toUsed = ({ consumedPoints, msBeforeNext }: { consumedPoints: number; msBeforeNext: number }): Used => ({
  count: consumedPoints,
  msBeforeNext: Math.max(0, msBeforeNext),
});
