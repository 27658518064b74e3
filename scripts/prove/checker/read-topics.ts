import { createAdmin } from '@ticketing/kafka/admin';
import { readTopic } from '@ticketing/kafka/read-topic';
import { headerText, type ReceivedMessage } from '@ticketing/kafka/received-message';
import { silentLog } from '@ticketing/service-kit/log';
import type { Topics } from './world.ts';

/** As the contract names them. */
const TOPICS = ['payment.succeeded', 'payment.failed', 'payment.refunded', 'payment.disputed'];
const GROUP = 'payment-worker';

/** What is in the topics: what was queued, what was given up and why, and how much is still to be settled. */
export async function readTopics(brokers: string): Promise<Topics> {
  const options = { brokers: [brokers], clientId: 'checker', log: silentLog };
  const topics: Topics = { queued: [], deadLetters: [], unsettled: await readUnsettled(brokers) };
  for (const topic of TOPICS) {
    for await (const message of readTopic(options, topic)) {
      const { eventId } = contentOf(message);
      topics.queued.push({ topic, eventId: eventId ?? `${message.partition}/${message.offset}` });
    }
    for await (const message of readTopic(options, `${topic}.dlq`)) {
      const code = headerText(message.headers, 'dlq-error-code');
      // A marker of what was seen to is no dead letter.
      if (code !== undefined) topics.deadLetters.push({ topic: `${topic}.dlq`, code, ...contentOf(message) });
    }
  }
  return topics;
}

/** How far the worker's group is behind, in each partition. */
export async function readUnsettled(brokers: string): Promise<Topics['unsettled']> {
  const admin = createAdmin({ brokers: [brokers], clientId: 'checker', log: silentLog });
  try {
    const found = await admin.lag(GROUP, TOPICS);
    return found.map(({ topic, partition, lag }) => ({ topic, partition, messages: Number(lag) }));
  } finally {
    await admin.close();
  }
}

/** Removes what is in the topics: everything in them has been checked. */
export async function forgetTopics(brokers: string): Promise<void> {
  const admin = createAdmin({ brokers: [brokers], clientId: 'checker', log: silentLog });
  try {
    for (const topic of TOPICS.flatMap((name) => [name, `${name}.dlq`])) {
      for (const { partition, low, high } of await admin.offsets(topic)) {
        if (high > low) await admin.deleteBefore(topic, partition, high);
      }
    }
  } finally {
    await admin.close();
  }
}

function contentOf({ value }: ReceivedMessage): { eventId: string | undefined; intentId: string | undefined } {
  try {
    const { eventId, paymentIntentId } = JSON.parse(value?.toString() ?? '') as Record<string, unknown>;
    return {
      eventId: typeof eventId === 'string' ? eventId : undefined,
      intentId: typeof paymentIntentId === 'string' ? paymentIntentId : undefined,
    };
  } catch {
    return { eventId: undefined, intentId: undefined };
  }
}
