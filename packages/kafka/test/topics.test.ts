import { expect, test } from 'vitest';
import { deadLetterTopicOf, outcomeTopics, outcomeTypeOf } from '../src/topics.ts';
import { createWorld } from './setup.ts';

test('topics are made once, whoever else makes them at the same time, and have the names of the contract', async () => {
  const { admin, prefix } = await createWorld();
  const again = `${prefix}again-`;
  const reports = await Promise.all(
    [1, 2, 3].map(() => admin.createTopics({ prefix: again, partitions: 2, replicationFactor: 1 })),
  );
  expect(reports.filter(({ created }) => created.length > 0)).toHaveLength(1);
  expect(reports.flatMap(({ warnings }) => warnings)).toEqual([]);
  const topics = outcomeTopics(again);
  expect(topics).toEqual(
    ['payment.succeeded', 'payment.failed', 'payment.refunded', 'payment.disputed'].map((name) => `${again}${name}`),
  );
  for (const topic of topics) {
    expect(await admin.offsets(topic)).toHaveLength(2);
    expect(await admin.offsets(deadLetterTopicOf(topic))).toHaveLength(1);
  }
  await admin.deleteTopics(topics.flatMap((topic) => [topic, deadLetterTopicOf(topic)]));
});

test('a message of which there is one copy is on disk before it is acknowledged, unless that is not wanted', async () => {
  const { admin, prefix } = await createWorld();
  const flushing = {
    byDefault: {},
    alone: { replicationFactor: 1 },
    switchedOff: { replicationFactor: 1, flush: false },
  };
  const found: Record<string, string[]> = {};
  for (const [name, options] of Object.entries(flushing)) {
    await admin.createTopics({ prefix: `${prefix}${name}-`, partitions: 1, ...options });
    // What is there is held against what is wanted: the setting as the broker has it.
    const { warnings } = await admin.createTopics({ prefix: `${prefix}${name}-`, partitions: 1, flush: true });
    found[name] = warnings.map((warning) => warning.replace(/^\S+ has /, ''));
    await admin.deleteTopics(outcomeTopics(`${prefix}${name}-`).flatMap((topic) => [topic, deadLetterTopicOf(topic)]));
  }
  const notFlushed = 'flush.messages=9223372036854775807, not 1.';
  expect(found).toEqual({ byDefault: [], alone: [], switchedOff: Array(8).fill(notFlushed) });
});

test('topics that are there and differ from what is asked for are named, and stay as they are', async () => {
  const { admin, prefix, topic } = await createWorld(1);
  const { created, warnings } = await admin.createTopics({ prefix, partitions: 6, replicationFactor: 1 });
  expect(created).toEqual([]);
  expect(warnings).toHaveLength(4);
  expect(warnings[0]).toBe(`${topic} has 1 partitions, not 6.`);
  expect(await admin.offsets(topic)).toHaveLength(1);
});

test('a topic and its dead-letter topic are known by the type of their outcomes', () => {
  expect(outcomeTypeOf('payment.failed')).toBe('payment.failed');
  expect(outcomeTypeOf('a-payment.failed.dlq', 'a-')).toBe('payment.failed');
  expect(outcomeTypeOf('payment.failed.dlq.dlq')).toBeUndefined();
  expect(outcomeTypeOf('other')).toBeUndefined();
});
