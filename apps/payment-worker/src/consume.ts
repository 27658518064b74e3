import { startConsumer, type Consumer } from '@ticketing/kafka/consumer';
import type { Producer } from '@ticketing/kafka/producer';
import { outcomeTopics, outcomeTypeOf } from '@ticketing/kafka/topics';
import type { Logger } from '@ticketing/service-kit/log';
import { present } from '@ticketing/service-kit/present';
import type { Precedence } from '@ticketing/order-effects/precedence';
import type pg from 'pg';
import { writeDeadLetter } from './dead-letter.ts';
import { createPartitionWork, type PartitionOptions, type PartitionWork } from './partition.ts';
import { settleMessages } from './settle-messages.ts';

export const GROUP_ID = 'payment-worker';

export interface ConsumeOptions extends Pick<PartitionOptions, 'onVerdict' | 'maxRetries' | 'retryBaseMs'> {
  brokers: string[];
  /** Keeps installations, and tests, on one broker apart. */
  topicPrefix?: string;
  pool: pg.Pool;
  /** Writes the dead letters. */
  producer: Producer;
  /** Settling goes before what can wait. */
  precedence: Pick<Precedence, 'first'>;
  log: Logger;
}

/**
 * Consumes the outcome topics as a member of the group `payment-worker`: settles batches, tries again what failed alone,
 * dead-letters what can't settle. Offsets are committed after the database has committed, and never past a message that is
 * still waiting for its retry.
 */
export function startConsuming(options: ConsumeOptions): Consumer {
  const { brokers, topicPrefix = '', pool, producer, precedence, log } = options;
  const works = new Map<string, PartitionWork>();
  const consumer = startConsumer({
    brokers,
    clientId: 'payment-worker',
    groupId: `${topicPrefix}${GROUP_ID}`,
    topics: outcomeTopics(topicPrefix),
    log,
    // The group reads again from what was committed, so nothing that was under way is taken over.
    onAssignment: abandonAll,
    positionOf: (topic, partition, next) => workOf(topic, partition).position() ?? next,
    onBatch: async ({ topic, partition, messages, resolve, isStale }) => {
      await workOf(topic, partition).handle(messages, isStale);
      resolve(present(messages.at(-1)).offset);
    },
  });
  return {
    ...consumer,
    close: async () => {
      abandonAll();
      await consumer.close();
    },
  };

  function abandonAll(): void {
    for (const work of works.values()) work.abandon();
    works.clear();
  }

  function workOf(topic: string, partition: number): PartitionWork {
    const id = `${topic}/${partition}`;
    let work = works.get(id);
    if (!work) {
      const type = present(outcomeTypeOf(topic, topicPrefix));
      work = createPartitionWork({
        ...options,
        settle: (messages) => precedence.first(() => settleMessages(pool, type, messages)),
        bury: (message, death) => writeDeadLetter(producer, message, death),
        onProgress: () => {
          const position = works.get(id) === work && work?.position();
          if (typeof position === 'bigint') void consumer.commit(topic, partition, position);
        },
      });
      works.set(id, work);
    }
    return work;
  }
}
