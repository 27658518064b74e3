import { randomUUID } from 'node:crypto';
import { inject, expect, onTestFinished, test } from 'vitest';
import type {} from '@ticketing/testing/redis';
import { silentLog } from '@ticketing/service-kit/log';
import { createExactLimiter } from '@ticketing/service-kit/rate-limit/exact-limiter';
import { createWindows } from '@ticketing/service-kit/rate-limit/windows';
import { openRedis } from '@ticketing/service-kit/redis';
import { startTcpProxy } from '@ticketing/testing/tcp-proxy';
import { waitUntil } from '@ticketing/testing/wait-until';
import { startGateway } from './gateway.ts';

test('two gateways with one Redis count wrong passwords together', async () => {
  const env = { REDIS_URL: inject('redisUrl') };
  const first = await startGateway(env);
  const gateways = [first, await startGateway(env, { database: first.database })];
  const body = { email: `${randomUUID()}@example.com`, password: 'wrong' };
  const statuses: number[] = [];
  for (let round = 0; round < 22; round++) {
    const answer = await gateways[round % 2]?.post('/auth/login', body);
    statuses.push(answer?.status ?? 0);
  }
  // While a gateway is still connecting, it counts alone: at most the first guesses of each.
  expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(12);
  expect(statuses.slice(-8)).toEqual(Array(8).fill(429));
});

test('a limit counts on in memory while Redis is away, and together again when it is back', async () => {
  const proxy = await startTcpProxy(inject('redisUrl'));
  onTestFinished(proxy.close);
  const limit = { name: randomUUID(), quota: 10, windowSeconds: 60 };
  const [here, there] = [openLimiter(limit, proxy.url), openLimiter(limit, inject('redisUrl'))];
  await Promise.all([here.isWell(), there.isWell()]);

  for (let count = 0; count < 4; count++) await here.limiter.consume('client');
  expect(await there.limiter.count('client')).toMatchObject({ count: 5, isShared: true });
  proxy.cut();
  await waitUntil('Redis to be missed', () => here.redis.runId() === undefined);
  expect(await here.limiter.count('client')).toMatchObject({ count: 5, isShared: false });
  proxy.restore();
  await here.isWell();
  expect(await here.limiter.count('client')).toMatchObject({ count: 6, isShared: true });
  for (let count = 7; count <= 10; count++) await there.limiter.consume('client');
  await expect(here.limiter.consume('client')).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  await expect(here.limiter.check('client')).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  await here.limiter.clear('client');
  await expect(there.limiter.check('other')).resolves.toBeUndefined();
});

test('millions of clients do not fill the memory: those unused for longest are forgotten', () => {
  const windows = createWindows(60_000, 1_000);
  for (let client = 0; client < 1_000_000; client++) {
    windows.open(`client ${client}`).unsent++;
    if (client % 400 === 0) windows.open('busy').unsent++;
  }
  expect(windows.size()).toBeLessThanOrEqual(1_000);
  expect(windows.find('client 999999')?.unsent).toBe(1);
  expect(windows.find('busy')?.unsent).toBe(2_500);
  expect(windows.find('client 1')).toBeUndefined();
});

function openLimiter(limit: { name: string; quota: number; windowSeconds: number }, url: string) {
  const redis = openRedis({ url, applicationName: 'test', timeoutMs: 1_000, log: silentLog });
  onTestFinished(redis.close);
  return {
    redis,
    limiter: createExactLimiter(limit, redis),
    isWell: () => waitUntil('Redis', () => redis.runId()),
  };
}
