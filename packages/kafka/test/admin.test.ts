import { expect, test } from 'vitest';
import { createAdmin } from '../src/admin.ts';
import { readTopic } from '../src/read-topic.ts';
import { createWorld, eventIds, outcome, range } from './setup.ts';

test('a topic is read to its end as it was, from any point on where one stops reading, and no group is left', async () => {
  const { producer, client, topic, content } = await createWorld(3);
  const sender = producer();
  await Promise.all(range(500).map((number) => sender.send(outcome(number))));
  expect(new Set(eventIds(await content())).size).toBe(500);
  const first: string[] = [];
  for await (const message of readTopic(client, topic)) {
    first.push(...eventIds([message]));
    if (first.length === 3) break;
  }
  expect(first).toHaveLength(3);
  const { Kafka, logLevel } = await import('kafkajs');
  const admin = new Kafka({ brokers: client.brokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const { groups } = await admin.listGroups();
  await admin.disconnect();
  expect(groups.filter(({ groupId }) => groupId.startsWith('reader-'))).toEqual([]);
});

test('reading ends although more arrives all the time', async () => {
  const { producer, client, topic } = await createWorld(1);
  const sender = producer();
  await Promise.all(range(50).map((number) => sender.send(outcome(number))));
  let number = 50;
  const read: string[] = [];
  for await (const message of readTopic(client, topic)) {
    read.push(...eventIds([message]));
    await sender.send(outcome(number++));
  }
  expect(read).toEqual(range(50).map((at) => `evt_${at}`));
});

test('there is nothing to read in topics that are empty or missing', async () => {
  const { content } = await createWorld(1);
  expect(await content()).toEqual([]);
  expect(await content('test-nowhere')).toEqual([]);
});

test('what is before an offset can be removed, and no longer counts as lag', async () => {
  const { producer, admin, topic, prefix, content } = await createWorld(1);
  const sender = producer();
  await Promise.all(range(10).map((number) => sender.send(outcome(number))));
  await admin.deleteBefore(topic, 0, 7n);
  expect(await admin.offsets(topic)).toEqual([{ partition: 0, low: 7n, high: 10n }]);
  expect(eventIds(await content())).toEqual(['evt_7', 'evt_8', 'evt_9']);
  expect(await admin.lag(`${prefix}group`, [topic, 'test-nowhere'])).toEqual([
    { topic, partition: 0, committed: undefined, lag: 3n },
  ]);
});

test('a check says whether a broker answers', async () => {
  const { admin, client } = await createWorld(1);
  await admin.check();
  const nowhere = createAdmin({ ...client, brokers: ['127.0.0.1:1'] });
  await expect(nowhere.check()).rejects.toThrow();
  await nowhere.close();
});
