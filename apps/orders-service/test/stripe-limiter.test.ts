import { expect, inject, onTestFinished, test } from 'vitest';
import { createStripeLimiter } from '@ticketing/order-effects/stripe-limiter';
import type {} from '@ticketing/testing/redis';
import { silentLog } from '@ticketing/service-kit/log';
import { openRedis } from '@ticketing/service-kit/redis';
import { startTcpProxy } from '@ticketing/testing/tcp-proxy';
import { waitUntil } from '@ticketing/testing/wait-until';

const MAX_PER_SECOND = 50;

test('two processes with one Redis, and work in the background, stay below one limit together', async () => {
  const url = await ownDatabase(7);
  const limiters = [await open(url), await open(url)].map(({ redis }) => createStripeLimiter(MAX_PER_SECOND, redis));
  const begunAtMs = performance.now();
  const outcomes = await Promise.all(
    Array.from({ length: 4 * MAX_PER_SECOND }, (_, index) => wasAdmitted(limiters[index % 2]?.admit())),
  );
  // All of it is one window, unless this machine stood still.
  expect(performance.now() - begunAtMs).toBeLessThan(1_000);
  expect(outcomes.filter(Boolean)).toHaveLength(MAX_PER_SECOND);
});

test('work in the background leaves a fifth of the calls to buyers, and gets its turn in the end', async () => {
  const url = await ownDatabase(8);
  const { redis } = await open(url);
  const limiter = createStripeLimiter(MAX_PER_SECOND, redis);
  const doneAtMs: number[] = [];
  const begunAtMs = performance.now();
  const turns = Array.from({ length: MAX_PER_SECOND }, async () => {
    await limiter.waitTurn();
    doneAtMs.push(performance.now() - begunAtMs);
  });
  await waitUntil('the background to have had its part', () => doneAtMs.length === 40);
  const buyers = await Promise.all(Array.from({ length: 20 }, () => wasAdmitted(limiter.admit())));
  expect(buyers.filter(Boolean)).toHaveLength(10);
  await Promise.all(turns);
  expect(doneAtMs.filter((ms) => ms < 900)).toHaveLength(40);
});

test('while Redis is away, each process keeps to its share', async () => {
  const proxy = await startTcpProxy(await ownDatabase(9));
  onTestFinished(proxy.close);
  const { redis } = await open(proxy.url);
  const limiter = createStripeLimiter(MAX_PER_SECOND, redis);
  proxy.cut();
  await waitUntil('Redis to be missed', () => redis.runId() === undefined);
  const outcomes = await Promise.all(Array.from({ length: 60 }, () => wasAdmitted(limiter.admit())));
  expect(outcomes.filter(Boolean)).toHaveLength(MAX_PER_SECOND / 2);
});

const wasAdmitted = (admission: Promise<void> = Promise.resolve()): Promise<boolean> =>
  admission.then(
    () => true,
    () => false,
  );

async function open(url: string) {
  const redis = openRedis({ url, applicationName: 'test', timeoutMs: 1_000, log: silentLog });
  onTestFinished(redis.close);
  await waitUntil('Redis', () => redis.runId());
  return { redis };
}

/** The tests' Redis has no other tests in these numbers. */
async function ownDatabase(number: number): Promise<string> {
  const url = `${inject('redisUrl')}/${number}`;
  const { redis } = await open(url);
  await redis.ask((client) => client.flushdb());
  return url;
}
