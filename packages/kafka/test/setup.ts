import { randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { inject, onTestFinished } from 'vitest';
import { silentLog } from '@ticketing/service-kit/log';
import type {} from '@ticketing/testing/kafka';
import { startLocalKafka, type LocalKafka } from '@ticketing/testing/local-kafka';
import { temporaryHome } from '@ticketing/testing/temporary-home';
import type { PaymentOutcome } from '@ticketing/types/payment-outcome';
import { createAdmin, type Admin } from '../src/admin.ts';
import type { ClientOptions } from '../src/client.ts';
import { startConsumer, type Consumer, type ConsumerOptions } from '../src/consumer.ts';
import { createProducer, type Producer, type ProducerOptions } from '../src/producer.ts';
import { readTopic } from '../src/read-topic.ts';
import type { ReceivedMessage } from '../src/received-message.ts';
import { deadLetterTopicOf, outcomeTopics } from '../src/topics.ts';

export interface World {
  client: ClientOptions;
  /** Topics and groups whose names begin with it are the test's own. */
  prefix: string;
  admin: Admin;
  /** `payment.succeeded` with the prefix. */
  topic: string;
  producer: (options?: Partial<ProducerOptions>) => Producer;
  consumer: (options: Pick<ConsumerOptions, 'onBatch'> & Partial<ConsumerOptions>) => Consumer;
  /** All that is in a topic now. */
  content: (topic?: string) => Promise<ReceivedMessage[]>;
}

/** Topics of the test's own on the shared broker, or on another. Everything is closed and removed after the test. */
export async function createWorld(partitions = 3, brokers = inject('kafkaBrokers')): Promise<World> {
  const prefix = `test-${randomBytes(6).toString('hex')}-`;
  const client = { brokers: brokers.split(','), clientId: 'kafka-test', log: silentLog };
  const admin = createAdmin(client);
  onTestFinished(async () => {
    // A test that crashed its broker has nothing to remove.
    const topics = outcomeTopics(prefix).flatMap((topic) => [topic, deadLetterTopicOf(topic)]);
    await admin.deleteTopics(topics).catch(() => undefined);
    await admin.close();
  });
  await admin.createTopics({ prefix, partitions, replicationFactor: 1 });
  const topic = `${prefix}payment.succeeded`;
  return {
    ...{ client, prefix, admin, topic },
    producer: (options = {}) => {
      const producer = createProducer({ ...client, topicPrefix: prefix, ...options });
      onTestFinished(() => producer.close());
      return producer;
    },
    consumer: (options) => {
      const consumer = startConsumer({ ...client, groupId: `${prefix}group`, topics: [topic], restMs: 50, ...options });
      onTestFinished(() => consumer.close());
      return consumer;
    },
    content: async (name = topic) => {
      const messages: ReceivedMessage[] = [];
      for await (const message of readTopic(client, name)) messages.push(message);
      return messages;
    },
  };
}

/** A broker of the test's own, to be crashed. */
export async function ownBroker(): Promise<LocalKafka> {
  const dataDir = await mkdtemp(join(await temporaryHome(), 'ticketing-kafka-test-'));
  const broker = await startLocalKafka({ dataDir, persistent: false });
  onTestFinished(() => broker.stop());
  return broker;
}

export function outcome(number: number, changes: Partial<PaymentOutcome> = {}): PaymentOutcome {
  return {
    eventId: `evt_${number}`,
    type: 'payment.succeeded',
    orderId: `019ab000-0000-7000-8000-${number.toString(16).padStart(12, '0')}`,
    paymentIntentId: `pi_${number}`,
    amount: 4500,
    currency: 'EUR',
    occurredAt: '2026-11-22T10:00:00.000Z',
    ...changes,
  };
}

/** The event ids in messages. */
export function eventIds(messages: ReceivedMessage[]): string[] {
  return messages.map(({ value }) => (JSON.parse(String(value)) as PaymentOutcome).eventId);
}

export function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
