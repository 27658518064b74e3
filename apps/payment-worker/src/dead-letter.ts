import type { Producer } from '@ticketing/kafka/producer';
import type { OutgoingMessage, ReceivedMessage } from '@ticketing/kafka/received-message';
import { deadLetterTopicOf } from '@ticketing/kafka/topics';
import type { DeadLetterCode } from './settle-messages.ts';

/** Why and after what a message is given up. */
export interface Death {
  code: DeadLetterCode;
  reason: string;
  /** Times that it was tried to be settled, the first one included. */
  attempts: number;
  firstFailedAt: Date;
  failedAt: Date;
}

/** Broker and clients bound the size of headers too. */
const MAX_REASON_LENGTH = 1_000;

/**
 * Writes a message to its dead-letter topic: key, value and headers as they were, with headers about its end added. Resolves
 * once the brokers have it; only then may its offset move.
 */
export async function writeDeadLetter(producer: Producer, message: ReceivedMessage, death: Death): Promise<void> {
  await producer.sendMessages(deadLetterTopicOf(message.topic), [deadLetter(message, death)]);
}

/** The dead letter of a message. */
export function deadLetter(message: ReceivedMessage, death: Death): OutgoingMessage {
  const { topic, partition, offset, key, value, headers } = message;
  return {
    key,
    value,
    headers: {
      ...headers,
      'dlq-topic': topic,
      'dlq-partition': String(partition),
      'dlq-offset': offset,
      'dlq-error-code': death.code,
      'dlq-error-message': death.reason.slice(0, MAX_REASON_LENGTH),
      'dlq-attempts': String(death.attempts),
      'dlq-first-failed-at': death.firstFailedAt.toISOString(),
      'dlq-failed-at': death.failedAt.toISOString(),
    },
  };
}
