import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { probeRedis } from './local-redis/probe.ts';
import { startLocalRedis } from './local-redis.ts';
import { temporaryHome } from './temporary-home.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** URL of the tests' Redis, from the global setup in `vitest-redis.ts`. */
    redisUrl: string;
  }
}

/**
 * The Redis for tests: the one at `TEST_REDIS_URL` if that is set, else a temporary one of this machine, gone after
 * `stop`. Many tests share it at once, so each uses keys with a prefix of its own.
 *
 * @throws when `TEST_REDIS_URL` does not answer, or there is no Redis for this machine.
 */
export async function provideRedis(): Promise<{ url: string; stop: () => Promise<void> }> {
  const given = process.env.TEST_REDIS_URL;
  if (given) {
    try {
      await probeRedis(given);
    } catch (cause) {
      const message = 'TEST_REDIS_URL does not answer; unset it to have a temporary Redis started for the tests.';
      throw new Error(message, { cause });
    }
    return { url: given, stop: () => Promise.resolve() };
  }
  return startLocalRedis({
    dataDir: join(await temporaryHome(), `ticketing-redis-${randomBytes(6).toString('hex')}`),
    persistent: false,
  });
}
