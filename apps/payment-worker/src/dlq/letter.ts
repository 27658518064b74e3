import {
  headerText,
  type Headers,
  type OutgoingMessage,
  type ReceivedMessage,
} from '@ticketing/kafka/received-message';
import { deadLetterTopicOf, outcomeTopics } from '@ticketing/kafka/topics';
import { hideSecrets } from './secrets.ts';

/** A payment report that waits for a person, or did: what there is to say about it in a list. */
export interface DeadLetter {
  /** `topic/partition/offset` of a message in a dead-letter topic; the event id of a report kept in the database. */
  id: string;
  source: 'kafka' | 'database';
  /** The topic that it belongs into. */
  topic: string | null;
  /** When it was given up. */
  time: Date;
  code: string;
  reason: string;
  /** The provider's id of the report; it and what follows are null where the value does not say. */
  eventId: string | null;
  orderId: string | null;
  /** Minor units of `currency`. */
  amountMinor: number | null;
  currency: string | null;
  /** Times that settling was tried before it was given up; null in the database. */
  attempts: number | null;
  /** Times that it was put back into its topic before. */
  replayCount: number;
  /** What was done about it; null while it is open. */
  handled: HandledAs | null;
}

export type HandledAs = 'replayed' | 'discarded';

/** Names of headers: what replaying adds to a message, and what marks a dead letter as seen to. */
export const REPLAY_COUNT = 'replay-count';
const REPLAYED_FROM = 'replayed-from';
const HANDLED_AS = 'dlq-handled-as';
const HANDLED_PARTITION = 'dlq-handled-partition';
const HANDLED_OFFSET = 'dlq-handled-offset';

/** Longest text in a list, as long as an id may be: keys and headers may be anything that someone sent. */
const MAX_TEXT_LENGTH = 255;

/** Where a message is. */
export function positionOf({
  topic,
  partition,
  offset,
}: Pick<ReceivedMessage, 'topic' | 'partition' | 'offset'>): string {
  return `${topic}/${partition}/${offset}`;
}

/** Dead letters by the dead-letter topic that they are in; those of the database are in none. */
export function byTopic(letters: DeadLetter[]): Map<string, DeadLetter[]> {
  const inTopics = letters.filter(({ source }) => source === 'kafka');
  return Map.groupBy(inTopics, ({ id }) => id.slice(0, id.indexOf('/')));
}

/** What a message of a dead-letter topic says; never throws, whatever is in it. */
export function deadLetterOf(message: ReceivedMessage, topicPrefix: string): DeadLetter {
  const { headers, key } = message;
  const { eventId, orderId, amount, currency } = fieldsOf(message.value);
  return {
    id: positionOf(message),
    source: 'kafka',
    topic: originOf(message, topicPrefix),
    time: timeOf(message),
    code: brief(headerText(headers, 'dlq-error-code') ?? 'UNKNOWN'),
    reason: hideSecrets(headerText(headers, 'dlq-error-message') ?? ''),
    eventId: textOrNull(eventId),
    orderId: textOrNull(orderId) ?? textOrNull(key?.toString()),
    amountMinor: typeof amount === 'number' ? amount : null,
    currency: textOrNull(currency),
    attempts: countOf(headers, 'dlq-attempts') ?? null,
    replayCount: countOf(headers, REPLAY_COUNT) ?? 0,
    handled: null,
  };
}

/** The message that a dead letter was, to be produced to the topic that it came from. */
export function replayOf(message: ReceivedMessage): OutgoingMessage {
  const kept = Object.entries(message.headers).filter(([name]) => !name.startsWith('dlq-'));
  return {
    key: message.key,
    value: message.value,
    headers: {
      ...Object.fromEntries(kept),
      [REPLAY_COUNT]: String((countOf(message.headers, REPLAY_COUNT) ?? 0) + 1),
      [REPLAYED_FROM]: positionOf(message),
    },
  };
}

/**
 * A record that says that a dead letter of the same topic was seen to: Kafka can't delete a single message. Its key is the
 * dead letter's position, so that it replaces nothing but itself in a topic that someone compacts.
 */
export function markerFor({ id }: DeadLetter, as: HandledAs): OutgoingMessage {
  const [, partition = '', offset = ''] = id.split('/');
  return {
    key: `handled ${partition}/${offset}`,
    value: null,
    headers: { [HANDLED_AS]: as, [HANDLED_PARTITION]: partition, [HANDLED_OFFSET]: offset },
  };
}

/** Which dead letter a record marks; undefined for dead letters, also for those of messages that look like a marker. */
export function markedBy({ topic, headers }: ReceivedMessage): { id: string; as: HandledAs } | undefined {
  const as = headerText(headers, HANDLED_AS);
  if (as !== 'replayed' && as !== 'discarded') return undefined;
  if (headerText(headers, 'dlq-error-code') !== undefined) return undefined;
  const [partition, offset] = [countOf(headers, HANDLED_PARTITION), headerText(headers, HANDLED_OFFSET)];
  if (partition === undefined || offset === undefined) return undefined;
  return { id: positionOf({ topic, partition, offset }), as };
}

/** The topic that a dead letter came from. Nothing is ever put into a topic that is not ours. */
function originOf({ topic, headers }: ReceivedMessage, topicPrefix: string): string | null {
  const topics = outcomeTopics(topicPrefix);
  const given = headerText(headers, 'dlq-topic');
  return topics.find((name) => name === given) ?? topics.find((name) => deadLetterTopicOf(name) === topic) ?? null;
}

function timeOf({ headers, timestampMs }: ReceivedMessage): Date {
  const failedAt = new Date(headerText(headers, 'dlq-failed-at') ?? '');
  return Number.isNaN(failedAt.getTime()) ? new Date(timestampMs) : failedAt;
}

function fieldsOf(value: Buffer | null): Record<string, unknown> {
  try {
    const content: unknown = JSON.parse(value?.toString() ?? '');
    return typeof content === 'object' && content !== null ? (content as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? brief(value) : null;
}

function brief(text: string): string {
  return text.length > MAX_TEXT_LENGTH ? `${text.slice(0, MAX_TEXT_LENGTH)}…` : text;
}

function countOf(headers: Headers, name: string): number | undefined {
  const text = headerText(headers, name);
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
