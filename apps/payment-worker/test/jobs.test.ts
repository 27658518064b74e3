import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSettling } from '@ticketing/order-core/settle';
import { beginEffect, handOutEffects } from '@ticketing/order-core/outbox';
import { silentLog } from '@ticketing/service-kit/log';
import { startLocalRedis, type LocalRedis } from '@ticketing/testing/local-redis';
import { waitUntil } from '@ticketing/testing/wait-until';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { expect, inject, onTestFinished, test } from 'vitest';
import { startHoldExpiry } from '../src/jobs/hold-expiry.ts';
import { openQueueRedis } from '../src/jobs/queue-redis.ts';
import { openWorld, type World } from './worker.ts';

const throughRedis = () => ({ QUEUE_REDIS_URL: inject('redisUrl') });

/** A Redis of the test's own, to be hurt. */
async function ownRedis(settings: Record<string, string> = {}): Promise<LocalRedis> {
  const dataDir = await mkdtemp(join(tmpdir(), 'ticketing-jobs-redis-'));
  const redis = await startLocalRedis({ dataDir, persistent: false, settings });
  onTestFinished(async () => {
    await redis.stop();
    await rm(dataDir, { recursive: true, force: true });
  });
  return redis;
}

async function allDone(world: World) {
  const { rows } = await world.admin.query<{ open: number }>(
    'select count(*)::int as open from orders.outbox where done_at is null',
  );
  return rows[0]?.open === 0;
}

/** What was handed out, and lost with the queue, is handed out again once its minute is over: brought forward here. */
async function endTheirMinute(world: World) {
  await world.admin.query(
    `update orders.outbox set locked_until = now() where done_at is null and locked_until is not null and attempts = 0`,
  );
}

const untilAllDone = (world: World, timeoutMs = 45_000) =>
  waitUntil('all jobs to be done', () => allDone(world), { timeoutMs });

test.for([
  ['through Redis', throughRedis],
  ['in the process', () => ({})],
] as const)('tickets are mailed once for each paid order: %s', async ([, settings], { expect }) => {
  const world = await openWorld();
  const orders = await world.paidOrders(await world.event(), 20);
  await world.startWorker(settings());
  await world.startWorker(settings());
  await untilAllDone(world);
  expect(await world.mails()).toHaveLength(orders.length);
});

test('a cancelled event refunds and tells every buyer once, though the queue’s Redis is emptied and restarted', async () => {
  const world = await openWorld();
  const redis = await ownRedis();
  const event = await world.event();
  const orders = await world.paidOrders(event, 300);
  await world.cancelEvent(event.eventId);
  // Slow enough for the refunds to be under way when Redis loses them.
  const settings = { QUEUE_REDIS_URL: redis.url, STRIPE_MAX_RPS: '100' };
  await world.startWorker(settings);
  await world.startWorker(settings);
  const refunds = () => world.stripe.books().refunds.length;
  await waitUntil('some refunds', () => refunds() > 50);
  const client = new Redis(redis.url);
  onTestFinished(() => client.disconnect());
  await client.flushall();
  await waitUntil('some more refunds', async () => {
    await endTheirMinute(world);
    return refunds() > 120;
  });
  await redis.restart();
  await waitUntil(
    'every refund',
    async () => {
      await endTheirMinute(world);
      return (await world.statuses()).refunded === orders.length;
    },
    { timeoutMs: 45_000 },
  );
  // Emails that had waited for their refund, and were lost with the queue, stay handed out for their minute: to the outbox
  // they look like those that are being sent.
  await untilAllDone(world, 75_000);
  const intents = world.stripe.books().refunds.map(({ payment_intent }) => payment_intent);
  expect(new Set(intents).size).toBe(orders.length);
  expect(intents).toHaveLength(orders.length);
  // Their event is cancelled: tickets that were not sent before are worth nothing, and are not sent.
  const cancellations = await world.admin.query(`select from orders.outbox where key like 'mail:event-cancelled:%'`);
  expect(cancellations.rowCount).toBe(orders.length);
}, 180_000);

test('a job handed out several times is begun once', async () => {
  const world = await openWorld();
  await world.paidOrders(await world.event(), 1);
  const first = await handOutEffects(world.db.pool, ['mail'], 10);
  await world.admin.query('update orders.outbox set locked_until = null');
  const second = await handOutEffects(world.db.pool, ['mail'], 10);
  expect(second).toEqual(first);
  const begun = await Promise.all([...first, ...second, ...first].map((job) => beginEffect(world.db.pool, job)));
  expect(begun.filter(Boolean)).toHaveLength(1);
});

test('while the queue’s Redis is away, jobs run in the process; when it is back, through it', async () => {
  const world = await openWorld();
  const redis = await ownRedis();
  const event = await world.event();
  await redis.crash();
  await world.startWorker({ QUEUE_REDIS_URL: redis.url });
  await world.paidOrders(event, 3);
  await untilAllDone(world);
  expect(await world.mails()).toHaveLength(3);
  await redis.restart();
  const client = new Redis(redis.url);
  onTestFinished(() => client.disconnect());
  await waitUntil('a job that went through Redis', async () => {
    await world.paidOrders(event, 1);
    return (await client.keys('*jobs-mail:completed')).length > 0;
  });
  await untilAllDone(world);
});

test('closing is bounded while the queue’s Redis is away', async () => {
  const world = await openWorld();
  const redis = await ownRedis();
  const worker = await world.startWorker({ QUEUE_REDIS_URL: redis.url });
  await redis.crash();
  const start = performance.now();
  await worker.close();
  expect(performance.now() - start).toBeLessThan(10_000);
});

test('a Redis that may evict jobs is warned about', async () => {
  const redis = await ownRedis({ 'maxmemory-policy': 'allkeys-lru', maxmemory: '64mb' });
  const lines: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line) => lines.push(line) });
  const { close } = openQueueRedis(redis.url, log);
  onTestFinished(close);
  await waitUntil('the warning', () => lines.some((line) => line.includes('noeviction')));
});

test('holds end on time without any sweep', async () => {
  const world = await openWorld();
  const redis = openQueueRedis(inject('redisUrl'), silentLog);
  const expiry = startHoldExpiry({
    ...{ redis, prefix: world.prefix, log: silentLog, pool: world.db.pool },
    onEnded: () => undefined,
  });
  onTestFinished(async () => {
    await expiry.close();
    redis.close();
  });
  // Longer than from one planning to the next.
  await world.holds(await world.event(), 40, 4);
  await waitUntil('the holds to end', async () => (await world.statuses()).expired === 40);
  expect(await world.faults()).toEqual([]);
});

test('a refund that Stripe refuses again and again is parked, and closing waits for what is under way', async () => {
  const world = await openWorld();
  const settling = createSettling(world.db.pool);
  onTestFinished(settling.close);
  const event = await world.event();
  await world.paidOrders(event, 1);
  await world.cancelEvent(event.eventId);
  const answer = { status: 400, code: 'charge_disputed', message: 'Charge ch_1 has been charged back.' };
  world.stripe.failNext({ path: '/v1/refunds', times: 10, ...answer });
  const worker = await world.startWorker(throughRedis());
  // The last attempt is brought near: twenty take hours.
  const parked = async () => {
    await world.admin.query(
      `update orders.outbox set failures = greatest(failures, 18), run_at = now() where kind = 'refund' and locked_until is null`,
    );
    const { rowCount } = await world.admin.query('select from orders.outbox where parked_at is not null');
    return rowCount === 1;
  };
  await waitUntil('the refund to be parked', parked, { timeoutMs: 30_000 });
  await worker.close();
  expect((await world.statuses()).refunding).toBe(1);
});
