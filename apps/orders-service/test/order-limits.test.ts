import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest';
import type {} from '@ticketing/testing/redis';
import { silentLog } from '@ticketing/service-kit/log';
import { createBatchedLimiter } from '@ticketing/service-kit/rate-limit/batched-limiter';
import { openRedis } from '@ticketing/service-kit/redis';
import { startTcpProxy } from '@ticketing/testing/tcp-proxy';
import { waitUntil } from '@ticketing/testing/wait-until';
import { openShop, type Shop } from './shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop({
    ORDER_OPEN_HOLDS: '0',
    RATE_LIMIT_ORDERS_ACCOUNT: '5/60',
    RATE_LIMIT_ORDERS_ADDRESS: '40/60',
  });
});
afterAll(async () => {
  expect(await shop.faults()).toEqual([]);
  await shop.close();
});

test('an account above its limit is told when to come back, and leaves no order and no held stock', async () => {
  const { eventId, ticketTypeId } = await shop.createEvent();
  const bot = shop.token();
  for (let count = 0; count < 5; count++) expect((await shop.hold(bot, eventId, [[ticketTypeId, 1]])).status).toBe(201);
  // A new address for every call is no way around: nobody here believes X-Forwarded-For.
  const refused = await shop.hold(bot, eventId, [[ticketTypeId, 1]], { 'x-forwarded-for': '203.0.113.9' });
  expect(refused.status).toBe(429);
  expect(refused.body.code).toBe('RATE_LIMITED');
  const seconds = Number(refused.headers.get('retry-after'));
  expect(seconds).toBeGreaterThan(0);
  expect(seconds).toBeLessThanOrEqual(60);
  expect(refused.headers.get('ratelimit-policy')).toBe('"orders-account";q=5;w=60');
  expect(refused.headers.get('ratelimit')).toBe(`"orders-account";r=0;t=${seconds}`);
  expect(await shop.availability(eventId)).toMatchObject([{ held: 5 }]);
  expect((await shop.call<{ items: unknown[] }>('GET', '/orders', { token: bot })).body.items).toHaveLength(5);
  expect((await shop.hold(shop.token(), eventId, [[ticketTypeId, 1]])).status).toBe(201);
});

test('repeats of an order do not count for the account', async () => {
  const { eventId, ticketTypeId } = await shop.createEvent();
  const buyer = shop.token();
  const key = { 'idempotency-key': 'lost answer' };
  const statuses: number[] = [];
  for (let count = 0; count < 8; count++) {
    statuses.push((await shop.hold(buyer, eventId, [[ticketTypeId, 1]], key)).status);
  }
  expect(statuses).toEqual([201, ...Array<number>(7).fill(200)]);
  for (let count = 0; count < 4; count++) await shop.hold(buyer, eventId, [[ticketTypeId, 1]]);
  expect((await shop.hold(buyer, eventId, [[ticketTypeId, 1]])).status).toBe(429);
});

test('an address that is not believed is one client, whatever X-Forwarded-For says', async () => {
  const { eventId, ticketTypeId } = await shop.createEvent();
  const answers = [];
  for (let count = 0; count < 41; count++) {
    answers.push(
      await shop.hold(shop.token(), eventId, [[ticketTypeId, 1]], { 'x-forwarded-for': `203.0.113.${count}` }),
    );
  }
  const last = answers.at(-1);
  expect(last?.status).toBe(429);
  expect(last?.headers.get('ratelimit-policy')).toBe('"orders-address";q=40;w=60');
});

test('RATE_LIMITS=off lets all through', async () => {
  const free = await openShop({ ORDER_OPEN_HOLDS: '0', RATE_LIMITS: 'off', RATE_LIMIT_ORDERS_ACCOUNT: '1/60' });
  onTestFinished(free.close);
  const { eventId, ticketTypeId } = await free.createEvent();
  const buyer = free.token();
  for (let count = 0; count < 3; count++) {
    expect((await free.hold(buyer, eventId, [[ticketTypeId, 1]])).status).toBe(201);
  }
});

test('replicas learn from Redis how often a busy client was let in elsewhere', async () => {
  const limit = { name: randomUUID(), quota: 20, windowSeconds: 60 };
  const [here, there] = [await openReplica(limit, inject('redisUrl')), await openReplica(limit, inject('redisUrl'))];
  for (let count = 0; count < 20; count++) here.limiter.take('bot');
  expect(() => here.limiter.take('bot')).toThrow('Too many');
  await here.limiter.share();
  for (let count = 0; count < 2; count++) there.limiter.take('bot');
  await there.limiter.share();
  expect(() => there.limiter.take('bot')).toThrow('Too many');
  expect(() => there.limiter.take('someone else')).not.toThrow();
});

test('an ordinary client costs Redis nothing', async () => {
  const limit = { name: randomUUID(), quota: 60, windowSeconds: 60 };
  const { limiter, redis } = await openReplica(limit, inject('redisUrl'));
  for (let client = 0; client < 1_000; client++)
    for (let count = 0; count < 5; count++) limiter.take(`client ${client}`);
  await limiter.share();
  const keys = await redis.ask((client) => client.keys(`ticketing:limit:${limit.name}:*`));
  expect(keys).toEqual([]);
});

test('a limit holds in memory while Redis is away, and is shared again when it is back', async () => {
  const proxy = await startTcpProxy(inject('redisUrl'));
  onTestFinished(proxy.close);
  const limit = { name: randomUUID(), quota: 20, windowSeconds: 60 };
  const [here, there] = [await openReplica(limit, proxy.url), await openReplica(limit, inject('redisUrl'))];
  proxy.cut();
  await waitUntil('Redis to be missed', () => here.redis.runId() === undefined);
  for (let count = 0; count < 10; count++) here.limiter.take('bot');
  await here.limiter.share();
  for (let count = 0; count < 10; count++) here.limiter.take('bot');
  expect(() => here.limiter.take('bot')).toThrow('Too many');
  proxy.restore();
  await waitUntil('Redis to be back', () => here.redis.runId());
  await here.limiter.share();
  for (let count = 0; count < 10; count++) there.limiter.take('bot');
  await there.limiter.share();
  expect(() => there.limiter.take('bot')).toThrow('Too many');
});

async function openReplica(limit: { name: string; quota: number; windowSeconds: number }, url: string) {
  const redis = openRedis({ url, applicationName: 'test', timeoutMs: 1_000, log: silentLog });
  onTestFinished(redis.close);
  await waitUntil('Redis', () => redis.runId());
  const limiter = createBatchedLimiter(limit, redis);
  onTestFinished(limiter.close);
  return { limiter, redis };
}
