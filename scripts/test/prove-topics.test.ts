import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAdmin, type Admin } from '@ticketing/kafka/admin';
import { createProducer, type Producer } from '@ticketing/kafka/producer';
import { silentLog } from '@ticketing/service-kit/log';
import { startLocalKafka, type LocalKafka } from '@ticketing/testing/local-kafka';
import { temporaryHome } from '@ticketing/testing/temporary-home';
import { findEnds, forgetTopics, readTopics } from '../prove/checker/read-topics.ts';

const TOPIC = 'payment.succeeded';
const DEAD_LETTERS = 'payment.succeeded.dlq';

let kafka: LocalKafka;
let admin: Admin;
let producer: Producer;

beforeAll(async () => {
  // Not the tests' Kafka: topics have the names that the shop's have, and the broker is killed.
  const dataDir = await mkdtemp(join(await temporaryHome(), 'ticketing-prove-topics-'));
  kafka = await startLocalKafka({ dataDir, persistent: false });
  const client = { brokers: [kafka.brokers], clientId: 'test', log: silentLog };
  admin = createAdmin(client);
  producer = createProducer({ ...client, timeoutMs: 30_000 });
  await admin.createTopics({ partitions: 2 });
}, 120_000);

afterAll(async () => {
  await producer.close();
  await admin.close();
  await kafka.stop();
});

async function queue(topic: string, ...eventIds: string[]): Promise<void> {
  const headers = { 'dlq-error-code': 'UNKNOWN_ORDER' };
  await producer.sendMessages(
    topic,
    eventIds.map((eventId) => ({
      ...{ key: eventId, value: JSON.stringify({ eventId, paymentIntentId: 'pi' }) },
      ...(topic === DEAD_LETTERS && { headers }),
    })),
  );
}

async function seenSince(since: Awaited<ReturnType<typeof findEnds>>) {
  const { queued, deadLetters } = await readTopics(kafka.brokers, since);
  return [queued, deadLetters].map((messages) => messages.map(({ eventId }) => eventId).sort());
}

test('a sale is shown nothing of the sale before, though the broker has what was deleted again', async () => {
  const first = ['evt_1', 'evt_2'];
  const later = ['evt_3', 'evt_4'];
  const start = await findEnds(kafka.brokers);
  await queue(TOPIC, ...first);
  await queue(DEAD_LETTERS, ...first);
  expect(await seenSince(start)).toEqual([first, first]);

  const secondSale = await findEnds(kafka.brokers);
  await forgetTopics(kafka.brokers);
  const deleted = await admin.offsets(DEAD_LETTERS);
  expect(deleted.map(({ low, high }) => high - low)).toEqual([0n]);

  await kafka.crash();
  await kafka.restart();
  const backAgain = await admin.offsets(DEAD_LETTERS);
  expect(backAgain.map(({ low, high }) => high - low)).toEqual([2n]);

  await queue(TOPIC, ...later);
  await queue(DEAD_LETTERS, ...later);
  expect(await seenSince(secondSale)).toEqual([later, later]);
  const all = [...first, ...later];
  expect(await seenSince(start)).toEqual([all, all]);
  // Of a topic that was not there yet, everything is new.
  expect(await seenSince(new Map())).toEqual([all, all]);
}, 120_000);
