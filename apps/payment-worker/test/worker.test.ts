import { randomUUID } from 'node:crypto';
import type { PoolClient } from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { headerText } from '@ticketing/kafka/received-message';
import { insertEffects } from '@ticketing/order-core/outbox';
import { createRegistry } from '@ticketing/service-kit/metrics';
import { present } from '@ticketing/service-kit/present';
import { startTcpProxy } from '@ticketing/testing/tcp-proxy';
import { waitUntil } from '@ticketing/testing/wait-until';
import { workerMetrics } from '../src/worker-metrics.ts';
import { openWorld, paid, type World } from './worker.ts';

const untilPaid = (world: World, count: number) =>
  waitUntil(`${count} orders to be paid`, async () => (await world.statuses()).paid === count, { timeoutMs: 30_000 });

describe('the worker', () => {
  test('settles what was queued while it was away, each payment once, however often it is reported', async () => {
    const world = await openWorld();
    const orders = await world.holds(await world.event(), 300);
    const reports = orders.map((orderId) => paid(orderId));
    await Promise.all([...reports, ...reports].map((report) => world.producer.send(report)));
    await world.startWorker();
    await untilPaid(world, 300);
    const { rows } = await world.admin.query('select count(*)::int as tickets from orders.tickets');
    expect(rows).toEqual([{ tickets: 300 }]);
    expect(await world.faults()).toEqual([]);
  });

  test('dead-letters at once what can never settle, and settles what is between', async () => {
    const world = await openWorld();
    const orders = await world.holds(await world.event(), 20);
    const [mispriced = ''] = await world.holds(await world.event(), 1);
    const topic = `${world.prefix}payment.succeeded`;
    const garbage = [
      { key: 'a', value: 'not json' },
      { key: 'b', value: '{"eventId":"evt_1"}' },
      { key: 'c', value: null },
      { key: null, value: Buffer.from([0xff, 0xfe, 0x00]) },
      { key: 'd', value: JSON.stringify(paid(randomUUID())), headers: { mine: 'kept' } },
      { key: 'e', value: JSON.stringify(paid(mispriced, { amount: 1 })) },
      { key: 'f', value: JSON.stringify({ ...paid(mispriced), orderId: "' or 1=1" }) },
      { key: 'g', value: JSON.stringify(paid(mispriced, { type: 'payment.failed' })) },
      { key: 'h', value: 'x'.repeat(900_000) },
    ];
    for (const [index, orderId] of orders.entries()) {
      const bad = garbage[index];
      if (bad) await world.producer.sendMessages(topic, [bad]);
      await world.producer.send(paid(orderId));
    }
    await world.startWorker();
    await untilPaid(world, 20);
    const dead = await waitUntil('all dead letters', async () => {
      const letters = await world.deadLetters();
      return letters.length === garbage.length ? letters : undefined;
    });
    const codes = dead.map(({ headers }) => headerText(headers, 'dlq-error-code')).sort();
    expect(codes).toEqual(
      [
        ...['AMOUNT_MISMATCH', 'MALFORMED_JSON', 'MALFORMED_JSON', 'MALFORMED_JSON', 'TOMBSTONE', 'UNKNOWN_ORDER'],
        ...['WRONG_SCHEMA', 'WRONG_SCHEMA', 'WRONG_SCHEMA'],
      ].sort(),
    );
    const unknown = present(dead.find(({ key }) => key?.toString() === 'd'));
    expect(unknown.value?.toString()).toBe(garbage[4]?.value);
    expect(headerText(unknown.headers, 'mine')).toBe('kept');
    expect(headerText(unknown.headers, 'dlq-topic')).toBe(topic);
    expect(headerText(unknown.headers, 'dlq-attempts')).toBe('1');
    expect(Number(headerText(unknown.headers, 'dlq-offset'))).toBeGreaterThanOrEqual(0);
    expect(Number(headerText(unknown.headers, 'dlq-partition'))).toBeGreaterThanOrEqual(0);
    for (const header of ['dlq-first-failed-at', 'dlq-failed-at']) {
      expect(Date.parse(headerText(unknown.headers, header) ?? '')).not.toBeNaN();
    }
    expect(await world.faults()).toEqual([]);
  });

  test('tries a message that fails alone again, then dead-letters it, while others of its partition go on', async () => {
    const world = await openWorld();
    const [poisoned = '', ...others] = await world.holds(await world.event(), 50);
    await world.poison(poisoned);
    const worker = await world.startWorker({ PAYMENT_MAX_RETRIES: '2', PAYMENT_RETRY_BASE_MS: '400' });
    await Promise.all([poisoned, ...others].map((orderId) => world.producer.send(paid(orderId))));
    await untilPaid(world, 49);
    expect(await world.deadLetters()).toEqual([]);
    const [dead] = await waitUntil('the dead letter', async () => {
      const letters = await world.deadLetters();
      return letters.length > 0 ? letters : undefined;
    });
    const { headers, value } = present(dead);
    expect(JSON.parse(String(value))).toMatchObject({ orderId: poisoned });
    expect(headerText(headers, 'dlq-error-code')).toBe('RETRIES_EXHAUSTED');
    expect(headerText(headers, 'dlq-error-message')).toContain('this order is poisoned');
    expect(headerText(headers, 'dlq-attempts')).toBe('3');
    const took =
      Date.parse(headerText(headers, 'dlq-failed-at') ?? '') -
      Date.parse(headerText(headers, 'dlq-first-failed-at') ?? '');
    // 400 ms and 800 ms, at least half of each, and what the attempts themselves took.
    expect(took).toBeGreaterThanOrEqual(600);
    await waitUntil('all offsets to be committed', async () => {
      const lags = await world.kafka.lag(`${world.prefix}payment-worker`, [`${world.prefix}payment.succeeded`]);
      return lags.every(({ lag }) => lag === 0n);
    });
    expect((await fetch(`${worker.url}/health/ready`)).status).toBe(200);
  });

  test('commits nothing past a message that waits for its retry, so that another worker reads it again', async () => {
    const world = await openWorld();
    const [poisoned = '', ...others] = await world.holds(await world.event(), 10);
    const cure = await world.poison(poisoned);
    const first = await world.startWorker({ PAYMENT_RETRY_BASE_MS: '30000' });
    for (const orderId of [poisoned, ...others]) await world.producer.send(paid(orderId));
    await untilPaid(world, 9);
    await first.close();
    await cure();
    await world.startWorker();
    await untilPaid(world, 10);
    expect(await world.deadLetters()).toEqual([]);
  });

  test('waits while the database is away, uses up no retry, dead-letters nothing, and goes on by itself', async () => {
    const world = await openWorld();
    const orders = await world.holds(await world.event(), 200);
    const worker = await world.startWorker({ PAYMENT_MAX_RETRIES: '0' });
    world.proxy.cut();
    await Promise.all(orders.map((orderId) => world.producer.send(paid(orderId))));
    await waitUntil('the worker to say that it is not ready', async () => {
      const ready = await fetch(`${worker.url}/health/ready`);
      return ready.status === 503;
    });
    world.proxy.restore();
    await untilPaid(world, 200);
    expect(await world.deadLetters()).toEqual([]);
    expect(await world.faults()).toEqual([]);
  });

  test('settles every payment once when connections break again and again in mid-batch', async () => {
    const world = await openWorld();
    const orders = await world.holds(await world.event(), 600);
    await world.startWorker();
    const sent = Promise.all(orders.map((orderId) => world.producer.send(paid(orderId))));
    for (let cut = 0; cut < 5; cut++) {
      const before = (await world.statuses()).paid ?? 0;
      await waitUntil(
        'some to be paid',
        async () => {
          const now = (await world.statuses()).paid ?? 0;
          return now > before || now === 600;
        },
        { timeoutMs: 30_000 },
      );
      world.proxy.cut();
      world.proxy.restore();
    }
    await sent;
    await untilPaid(world, 600);
    expect(await world.deadLetters()).toEqual([]);
    expect(await world.faults()).toEqual([]);
  });

  test('shares the partitions with others, and hands them over when it closes', async () => {
    const world = await openWorld();
    const event = await world.event();
    const workers = await Promise.all([world.startWorker(), world.startWorker()]);
    const first = await world.holds(event, 100);
    await Promise.all(first.map((orderId) => world.producer.send(paid(orderId))));
    await untilPaid(world, 100);
    await present(workers[0]).close();
    const second = await world.holds(event, 100);
    await Promise.all(second.map((orderId) => world.producer.send(paid(orderId))));
    await untilPaid(world, 200);
    expect(await world.faults()).toEqual([]);
  });
});

test('a worker that has never reached Kafka says so, and closes at once when it is told to', async () => {
  const world = await openWorld();
  const nowhere = await startTcpProxy(`kafka://${world.brokers}`);
  onTestFinished(nowhere.close);
  nowhere.cut();
  const worker = await world.startWorker({ KAFKA_BROKERS: new URL(nowhere.url).host }, { untilReady: false });
  const health = await fetch(`${worker.url}/health/ready`);
  expect(health.status).toBe(503);
  expect(await health.json()).toMatchObject({ services: { database: 'ok', kafka: 'down', consumer: 'down' } });
  const start = performance.now();
  await worker.close();
  // Less than the bound on asking Kafka once more.
  expect(performance.now() - start).toBeLessThan(5_000);
});

test('the metrics tell lag, verdicts and the age of the outbox', async () => {
  const world = await openWorld();
  const registry = createRegistry('payment-worker');
  onTestFinished(() => registry.clear());
  const { onVerdict } = workerMetrics({ registry, admin: world.kafka, pool: world.db.pool, topicPrefix: world.prefix });
  onVerdict('settled', 3);
  await world.producer.send(paid(randomUUID()));
  await insertEffects(await world.db.pool.connect().then(keepForTest), [
    { kind: 'cancel-payment', orderId: randomUUID(), intentId: 'pi_1' },
  ]);
  const text = await registry.metrics();
  expect(text).toMatch(/payment_messages_total\{verdict="settled",service="payment-worker"\} 3/);
  expect(text).toMatch(
    /payment_consumer_lag\{topic="[^"]*payment\.succeeded",partition="\d",service="payment-worker"\} 1/,
  );
  expect(text).toMatch(/outbox_oldest_unfinished_seconds\{service="payment-worker"\} \d/);
});

function keepForTest(client: PoolClient): PoolClient {
  onTestFinished(() => client.release());
  return client;
}
