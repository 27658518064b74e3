import { expect, test } from 'vitest';
import { waitUntil } from '@ticketing/testing/wait-until';
import { createWorld, eventIds, outcome, ownBroker } from './setup.ts';

test('a broker that crashes and comes back under load loses nothing that it acknowledged', async () => {
  const broker = await ownBroker();
  const { producer, content } = await createWorld(3, broker.brokers);
  const sender = producer({ timeoutMs: 1_000 });
  const acknowledged = new Set<string>();
  const failures = new Set<unknown>();
  let number = 0;
  let isOver = false;
  const senders = Array.from({ length: 32 }, async () => {
    while (!isOver) {
      const one = outcome(number++);
      await sender.send(one).then(
        () => acknowledged.add(one.eventId),
        (error: unknown) => failures.add((error as { code?: unknown }).code),
      );
    }
  });
  const more = (count: number) => {
    const before = acknowledged.size;
    return waitUntil('more to be acknowledged', () => acknowledged.size > before + count, { timeoutMs: 30_000 });
  };
  for (const how of ['crash', 'restart', 'crash'] as const) {
    await more(2_000);
    if (how === 'crash') await broker.crash();
    await broker.restart();
  }
  await more(2_000);
  isOver = true;
  await Promise.all(senders);
  expect([...failures]).toEqual(['timeout']);
  const arrived = new Set(eventIds(await content()));
  expect([...acknowledged].filter((eventId) => !arrived.has(eventId))).toEqual([]);
});

test('while the broker is away a send fails within its bound, and succeeds when it is back', async () => {
  const broker = await ownBroker();
  const { producer } = await createWorld(1, broker.brokers);
  const sender = producer({ timeoutMs: 500 });
  await sender.send(outcome(1));
  await broker.crash();
  const startedAt = performance.now();
  await expect(sender.send(outcome(2))).rejects.toMatchObject({ name: 'ProduceError', code: 'timeout' });
  expect(performance.now() - startedAt).toBeLessThan(1_000);
  await waitUntil('the producer to notice', () => sender.health().state === 'away');
  await broker.restart();
  const isThrough = () =>
    sender.send(outcome(3)).then(
      () => true,
      () => false,
    );
  await waitUntil('a send to succeed', isThrough, { timeoutMs: 20_000 });
  expect(sender.health().state).toBe('connected');
});

test('a broker that hangs without closing its connections is given up on, too', async () => {
  const broker = await ownBroker();
  const { producer } = await createWorld(1, broker.brokers);
  const sender = producer({ timeoutMs: 500 });
  await sender.send(outcome(1));
  process.kill(broker.pid, 'SIGSTOP');
  await expect(sender.send(outcome(2))).rejects.toMatchObject({ code: 'timeout' });
  process.kill(broker.pid, 'SIGCONT');
  const isThrough = () =>
    sender.send(outcome(3)).then(
      () => true,
      () => false,
    );
  await waitUntil('a send to succeed', isThrough, { timeoutMs: 20_000 });
});

test('a producer can be made and used before there is a broker', async () => {
  const broker = await ownBroker();
  const { producer } = await createWorld(1, broker.brokers);
  await broker.crash();
  const sender = producer({ timeoutMs: 500 });
  expect(sender.health().state).toBe('idle');
  await expect(sender.send(outcome(1))).rejects.toMatchObject({ code: 'timeout' });
  await broker.restart();
  const isThrough = () =>
    sender.send(outcome(2)).then(
      () => true,
      () => false,
    );
  await waitUntil('a send to succeed', isThrough, { timeoutMs: 20_000 });
});
