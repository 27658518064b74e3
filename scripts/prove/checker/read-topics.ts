import { setTimeout as wait } from 'node:timers/promises';
import { createAdmin, type Admin } from '@ticketing/kafka/admin';
import { readTopic } from '@ticketing/kafka/read-topic';
import { headerText, type ReceivedMessage } from '@ticketing/kafka/received-message';
import { silentLog } from '@ticketing/service-kit/log';
import type { Topics } from './world.ts';

/** As the contract names them. */
const OUTCOMES = ['payment.succeeded', 'payment.failed', 'payment.refunded', 'payment.disputed'];
const TOPICS = OUTCOMES.flatMap((topic) => [topic, `${topic}.dlq`]);
const GROUP = 'payment-worker';

/** A place in the topics: for each partition (`topic/partition`), the offset that its next message gets. */
export type TopicsPosition = ReadonlyMap<string, bigint>;

/** Where the topics end now. */
export async function findEnds(brokers: string): Promise<TopicsPosition> {
  return asking(brokers, async (admin) => {
    const ends = new Map<string, bigint>();
    for (const topic of TOPICS) {
      for (const { partition, high } of await admin.offsets(topic)) ends.set(placeOf({ topic, partition }), high);
    }
    return ends;
  });
}

/**
 * What has come into the topics since: what was queued, what was given up and why, and how much is still to be settled.
 * That something earlier was deleted is not relied on: Kafka notes where a partition begins once a minute, and a broker
 * that is killed before has the deleted messages again (log.flush.start.offset.checkpoint.interval.ms).
 */
export async function readTopics(brokers: string, since: TopicsPosition): Promise<Topics> {
  const options = { brokers: [brokers], clientId: 'checker', log: silentLog };
  const isNew = (message: ReceivedMessage) => BigInt(message.offset) >= (since.get(placeOf(message)) ?? 0n);
  const topics: Topics = { queued: [], deadLetters: [], unsettled: await readUnsettled(brokers) };
  for (const topic of OUTCOMES) {
    for await (const message of readTopic(options, topic)) {
      const { eventId } = contentOf(message);
      if (isNew(message)) topics.queued.push({ topic, eventId: eventId ?? `${message.partition}/${message.offset}` });
    }
    for await (const message of readTopic(options, `${topic}.dlq`)) {
      const code = headerText(message.headers, 'dlq-error-code');
      // A marker of what was seen to is no dead letter.
      if (code === undefined || !isNew(message)) continue;
      topics.deadLetters.push({ topic: `${topic}.dlq`, code, ...contentOf(message) });
    }
  }
  return topics;
}

/** How far the worker's group is behind, in each partition. */
export async function readUnsettled(brokers: string): Promise<Topics['unsettled']> {
  return asking(brokers, async (admin) => {
    const found = await admin.lag(GROUP, OUTCOMES);
    return found.map(({ topic, partition, lag }) => ({ topic, partition, messages: Number(lag) }));
  });
}

/** Frees the room that everything up to now takes: it has been checked. It may come back (see `readTopics`). */
export async function forgetTopics(brokers: string): Promise<void> {
  await asking(brokers, async (admin) => {
    for (const topic of TOPICS) {
      for (const { partition, low, high } of await admin.offsets(topic)) {
        if (high > low) await admin.deleteBefore(topic, partition, high);
      }
    }
  });
}

/** An answer may take five seconds. */
const ATTEMPTS = 6;
const ATTEMPT_PAUSE_MS = 500;

/**
 * Asks until there is an answer: a broker that has just started says nothing of groups before it has read, or made, the
 * topic in which it keeps them, and on a busy machine that takes its time.
 */
async function asking<Answer>(brokers: string, ask: (admin: Admin) => Promise<Answer>): Promise<Answer> {
  const admin = createAdmin({ brokers: [brokers], clientId: 'checker', log: silentLog });
  try {
    for (let attempt = 1; ; attempt++) {
      try {
        return await ask(admin);
      } catch (error) {
        if (attempt === ATTEMPTS) throw error;
        await wait(ATTEMPT_PAUSE_MS);
      }
    }
  } finally {
    await admin.close();
  }
}

function placeOf({ topic, partition }: { topic: string; partition: number }): string {
  return `${topic}/${partition}`;
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
