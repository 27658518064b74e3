import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { waitUntil } from '@ticketing/testing/wait-until';
import type { Batch } from '../src/batch.ts';
import { createWorld, eventIds, outcome, ownBroker, range, type World } from './setup.ts';

/** Sends outcomes with these numbers; all of one order, so that they are in one partition. */
async function send({ producer }: World, numbers: number[], changes = {}): Promise<void> {
  const sender = producer({ timeoutMs: 10_000 });
  await Promise.all(numbers.map((number) => sender.send(outcome(number, { orderId: outcome(0).orderId, ...changes }))));
}

const resolveAll = ({ messages, resolve }: Batch) => {
  const last = messages.at(-1);
  if (last) resolve(last.offset);
};

test('messages arrive in order with what was committed once never coming again', async () => {
  const world = await createWorld(1);
  await send(world, range(10));
  const seen: string[] = [];
  const onBatch = (batch: Batch) => {
    seen.push(...eventIds(batch.messages));
    resolveAll(batch);
    return Promise.resolve();
  };
  const first = world.consumer({ onBatch });
  await waitUntil('all to arrive', () => seen.length === 10);
  await first.close();
  world.consumer({ onBatch });
  await send(world, [10]);
  await waitUntil('the new one to arrive', () => seen.length >= 11);
  expect(seen).toEqual(range(11).map((number) => `evt_${number}`));
  const lag = () => world.admin.lag(`${world.prefix}group`, [world.topic]);
  await waitUntil('the lag to be gone', async () => (await lag())[0]?.lag === 0n);
  expect(await lag()).toEqual([{ topic: world.topic, partition: 0, committed: 11n, lag: 0n }]);
});

test('what a handler did not resolve comes again, from the first such message on', async () => {
  const world = await createWorld(1);
  await send(world, range(5));
  const batches: string[][] = [];
  world.consumer({
    onBatch: (batch) => {
      batches.push(eventIds(batch.messages));
      if (batches.length === 1) batch.resolve(batch.messages[1]?.offset ?? '');
      else if (batches.length === 2) throw new Error('the database is away');
      else resolveAll(batch);
      return Promise.resolve();
    },
  });
  await waitUntil('three batches', () => batches.length >= 3);
  expect(batches.map((ids) => ids[0])).toEqual(['evt_0', 'evt_2', 'evt_2']);
});

test('nothing is committed before the handler is done, and what it resolved before it failed is', async () => {
  const world = await createWorld(1);
  await send(world, range(3));
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  let calls = 0;
  world.consumer({
    restMs: 60_000,
    onBatch: async (batch) => {
      calls++;
      batch.resolve(batch.messages[1]?.offset ?? '');
      await held;
      throw new Error('failed after two');
    },
  });
  const committed = async () => (await world.admin.lag(`${world.prefix}group`, [world.topic]))[0]?.committed;
  await waitUntil('the handler to be called', () => calls === 1);
  expect(await committed()).toBeUndefined();
  release();
  await waitUntil('the commit', async () => (await committed()) === 2n);
});

test('a partition that rests comes again after its time, and others go on meanwhile', async () => {
  const world = await createWorld(3);
  const seen = new Map<number, number[]>();
  let rested: number | undefined;
  world.consumer({
    onBatch: (batch) => {
      const { partition } = batch;
      seen.set(partition, [...(seen.get(partition) ?? []), performance.now()]);
      rested ??= partition;
      if (partition === rested && seen.get(partition)?.length === 1) batch.pause(1_500);
      else resolveAll(batch);
      return Promise.resolve();
    },
  });
  await send(world, [0]);
  await waitUntil('one partition to rest', () => rested !== undefined);
  const sender = world.producer();
  for (const number of range(30)) await sender.send(outcome(number));
  await waitUntil('the other partitions', () => seen.size === 3);
  expect(seen.get(rested ?? -1)).toHaveLength(1);
  await waitUntil('the rested one', () => seen.get(rested ?? -1)?.length === 2);
  const [before = 0, after = 0] = seen.get(rested ?? -1) ?? [];
  expect(after - before).toBeGreaterThanOrEqual(1_490);
});

test('batches are no larger than asked for', async () => {
  const world = await createWorld(1);
  await send(world, range(250));
  const sizes: number[] = [];
  world.consumer({
    maxBatchMessages: 100,
    onBatch: (batch) => {
      sizes.push(batch.messages.length);
      resolveAll(batch);
      return Promise.resolve();
    },
  });
  await waitUntil('all to arrive', () => sizes.reduce((sum, size) => sum + size, 0) === 250);
  expect(Math.max(...sizes)).toBe(100);
});

test('two consumers share the partitions, and one takes over what the other leaves', async () => {
  const world = await createWorld(4);
  const seen: string[] = [];
  const onBatch = (batch: Batch) => {
    seen.push(...eventIds(batch.messages));
    resolveAll(batch);
    return Promise.resolve();
  };
  const first = world.consumer({ onBatch });
  await first.joined();
  const second = world.consumer({ onBatch });
  const shares = () => [first, second].map((one) => one.health().assignment[world.topic]?.length ?? 0);
  await waitUntil('two partitions each', () => String(shares()) === '2,2', { timeoutMs: 30_000 });
  const sender = world.producer();
  await Promise.all(range(100).map((number) => sender.send(outcome(number))));
  await waitUntil('all to arrive', () => seen.length >= 100);
  await first.close();
  await waitUntil('all partitions to be taken over', () => shares()[1] === 4, { timeoutMs: 30_000 });
  await Promise.all(range(100).map((number) => sender.send(outcome(100 + number))));
  await waitUntil('all to arrive', () => seen.length >= 200);
  expect(new Set(seen).size).toBe(200);
  expect(seen).toHaveLength(200);
});

test('closing waits for the batch under way, which is told, and commits what it did', async () => {
  const world = await createWorld(1);
  await send(world, range(3));
  const batches: Batch[] = [];
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  const consumer = world.consumer({
    onBatch: async (batch) => {
      batches.push(batch);
      await held;
      resolveAll(batch);
    },
  });
  await waitUntil('a batch', () => batches.length === 1);
  expect(batches[0]?.isStale()).toBe(false);
  let isClosed = false;
  const closing = consumer.close().then(() => (isClosed = true));
  await waitUntil('the handler to be told', () => batches[0]?.isStale());
  // Long enough for a close that does not wait.
  await pause(200);
  expect(isClosed).toBe(false);
  release();
  await closing;
  const [lag] = await world.admin.lag(`${world.prefix}group`, [world.topic]);
  expect(lag).toMatchObject({ committed: 3n, lag: 0n });
});

test('a handler that takes longer than the session keeps its partitions', async () => {
  const world = await createWorld(1);
  await send(world, [0]);
  let calls = 0;
  const consumer = world.consumer({
    sessionTimeoutMs: 2_000,
    onBatch: async (batch) => {
      calls++;
      await pause(5_000);
      resolveAll(batch);
    },
  });
  const committed = async () => (await world.admin.lag(`${world.prefix}group`, [world.topic]))[0]?.committed;
  await waitUntil('the commit', async () => (await committed()) === 1n, { timeoutMs: 20_000 });
  expect(calls).toBe(1);
  expect(consumer.health().isJoined).toBe(true);
});

test('messages in any compression arrive, since the broker stores them without', async () => {
  const { CompressionTypes, CompressionCodecs, Kafka, logLevel } = await import('kafkajs');
  const { zstdCompressSync } = await import('node:zlib');
  CompressionCodecs[CompressionTypes.ZSTD] = () => ({
    compress: ({ buffer }: { buffer: Buffer }) => Promise.resolve(zstdCompressSync(buffer)),
    decompress: () => Promise.reject(new Error('no consumer of ours can read this')),
  });
  const world = await createWorld(1);
  const producer = new Kafka({ brokers: world.client.brokers, logLevel: logLevel.NOTHING }).producer();
  await producer.connect();
  onTestFinished(() => producer.disconnect());
  const messages = range(50).map((number) => ({ value: JSON.stringify(outcome(number)) }));
  await producer.send({ topic: world.topic, messages, compression: CompressionTypes.ZSTD });
  expect(eventIds(await world.content())).toEqual(range(50).map((number) => `evt_${number}`));
});

test('transactions of other clients leave no lag behind, and what they aborted does not arrive', async () => {
  const { Kafka, logLevel } = await import('kafkajs');
  const world = await createWorld(1);
  const kafka = new Kafka({ brokers: world.client.brokers, logLevel: logLevel.NOTHING });
  const producer = kafka.producer({ transactionalId: world.prefix, maxInFlightRequests: 1, idempotent: true });
  await producer.connect();
  onTestFinished(() => producer.disconnect());
  for (const number of range(4)) {
    const transaction = await producer.transaction();
    await transaction.send({ topic: world.topic, messages: [{ value: JSON.stringify(outcome(number)) }] });
    await (number % 2 === 0 ? transaction.commit() : transaction.abort());
  }
  expect(eventIds(await world.content())).toEqual(['evt_0', 'evt_2']);
  const seen: string[] = [];
  world.consumer({
    onBatch: (batch) => {
      seen.push(...eventIds(batch.messages));
      resolveAll(batch);
      return Promise.resolve();
    },
  });
  await waitUntil('the committed ones', () => seen.length === 2);
  const lag = async () => (await world.admin.lag(`${world.prefix}group`, [world.topic]))[0]?.lag;
  await waitUntil('the lag to be gone', async () => (await lag()) === 0n);
});

test('consuming goes on when the broker has crashed and is back, and nothing is left out', async () => {
  const broker = await ownBroker();
  const world = await createWorld(3, broker.brokers);
  const seen = new Set<string>();
  const crashes: Error[] = [];
  const consumer = world.consumer({
    sessionTimeoutMs: 3_000,
    onCrash: (error) => crashes.push(error),
    onBatch: (batch) => {
      for (const id of eventIds(batch.messages)) seen.add(id);
      resolveAll(batch);
      return Promise.resolve();
    },
  });
  await send(world, range(100));
  await waitUntil('the first hundred', () => seen.size === 100, { timeoutMs: 20_000 });
  await broker.crash();
  await waitUntil('the consumer to know', () => !consumer.health().isJoined, { timeoutMs: 20_000 });
  await broker.restart();
  const sender = world.producer({ timeoutMs: 10_000 });
  await Promise.all(range(100).map((number) => sender.send(outcome(100 + number))));
  await waitUntil('the second hundred', () => seen.size === 200, { timeoutMs: 30_000 });
});
