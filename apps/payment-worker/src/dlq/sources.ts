import type { ClientOptions } from '@ticketing/kafka/client';
import type { Producer } from '@ticketing/kafka/producer';
import { readTopic } from '@ticketing/kafka/read-topic';
import { deadLetterTopicOf, outcomeTopics } from '@ticketing/kafka/topics';
import { rejectionText } from '@ticketing/order-core/rejection';
import { listRejected, UNSETTLED, type RejectedReport } from '@ticketing/order-core/rejected';
import { present } from '@ticketing/service-kit/present';
import type pg from 'pg';
import { deadLetterOf, markedBy, type DeadLetter, type HandledAs } from './letter.ts';

/** Where dead letters are: in topics where there is Kafka, and in the database what was settled without it. */
export interface Sources {
  kafka?: { client: ClientOptions; producer: Producer; topicPrefix: string } | undefined;
  pool?: pg.Pool | undefined;
}

/** Codes of messages that settling has rejected, and therefore recorded in the database as well. */
const RECORDED_TOO = new Set(['UNKNOWN_ORDER', 'AMOUNT_MISMATCH']);

/**
 * Every dead letter there is, the oldest first. A report that is in a dead-letter topic and in the database is one: the
 * topic's. Of the database, those that were discarded come only when asked for, since finding them takes reading it all.
 */
export async function readDeadLetters({ kafka, pool }: Sources, withDiscarded = false): Promise<DeadLetter[]> {
  const topics = kafka ? outcomeTopics(kafka.topicPrefix).map(deadLetterTopicOf) : [];
  const letters = (await Promise.all(topics.map((topic) => readLettersOf(present(kafka), topic)))).flat();
  if (pool) {
    const recorded = new Set(letters.map(recordOf));
    // One that is rejected though its dead letter was discarded is open again.
    const live = new Set(letters.filter(({ handled }) => handled !== 'discarded').map(recordOf));
    for await (const report of listRejected(pool, { withDiscarded })) {
      const isInTopics = (report.isDiscarded ? recorded : live).has(report.eventId);
      if (!isInTopics) letters.push(fromDatabase(report, kafka?.topicPrefix));
    }
  }
  return letters.sort((a, b) => a.time.getTime() - b.time.getTime());
}

/** The id of the row that a dead letter has in the database as well; undefined if it has none. */
export function recordOf({ source, code, eventId }: DeadLetter): string | undefined {
  return source === 'kafka' && RECORDED_TOO.has(code) && eventId !== null ? eventId : undefined;
}

async function readLettersOf(
  { client, topicPrefix }: NonNullable<Sources['kafka']>,
  topic: string,
): Promise<DeadLetter[]> {
  const letters: DeadLetter[] = [];
  const marked = new Map<string, HandledAs>();
  // Of each message only a summary is kept: there may be many, and each may have a megabyte.
  for await (const message of readTopic(client, topic)) {
    const mark = markedBy(message);
    if (mark) marked.set(mark.id, mark.as);
    else letters.push(deadLetterOf(message, topicPrefix));
  }
  return letters.map((letter) => ({ ...letter, handled: marked.get(letter.id) ?? null }));
}

function fromDatabase(report: RejectedReport, topicPrefix = ''): DeadLetter {
  const { eventId, type, orderId, amountMinor, currency, receivedAt, isDiscarded } = report;
  return {
    id: eventId,
    source: 'database',
    topic: outcomeTopics(topicPrefix).find((topic) => topic === `${topicPrefix}${type}`) ?? null,
    time: receivedAt,
    ...whyRejected(report),
    ...{ eventId, orderId, amountMinor, currency },
    attempts: null,
    replayCount: 0,
    handled: isDiscarded ? 'discarded' : null,
  };
}

/** In the words of dead letters. */
function whyRejected(report: RejectedReport): { code: string; reason: string } {
  const { reason, type, expected, amountMinor, currency } = report;
  const orderId = report.orderId ?? '';
  const rejected = { kind: 'rejected', orderId } as const;
  switch (reason) {
    case 'unknown-order':
      return { code: 'UNKNOWN_ORDER', reason: rejectionText({ ...rejected, reason }) };
    case 'amount-mismatch': {
      const code = 'AMOUNT_MISMATCH';
      // Settling keeps both with such a report; a row that someone has changed by hand must not end the list.
      if (!expected || amountMinor === null || currency === null) {
        return { code, reason: `Amount or currency is not that of order ${orderId}.` };
      }
      return { code, reason: rejectionText({ ...rejected, reason, expected, reported: { amountMinor, currency } }) };
    }
    default:
      if (reason.startsWith(UNSETTLED)) return { code: 'RETRIES_EXHAUSTED', reason: reason.slice(UNSETTLED.length) };
      return { code: 'WRONG_SCHEMA', reason: `${type}: ${reason}` };
  }
}
