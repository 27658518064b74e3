import { parseMessage } from '@ticketing/kafka/message';
import type { ReceivedMessage } from '@ticketing/kafka/received-message';
import { isAway, runIsolating } from '@ticketing/order-core/isolate';
import { rejectionText } from '@ticketing/order-core/rejection';
import { settle } from '@ticketing/order-core/settle';
import { present } from '@ticketing/service-kit/present';
import { inTraces } from '@ticketing/service-kit/trace';
import type { PaymentOutcome, PaymentOutcomeType } from '@ticketing/types/payment-outcome';
import type pg from 'pg';
import type { Rejection, Settled } from '@ticketing/order-core/settling';

/** Why a message can never settle. */
export type DeadLetterCode =
  'TOMBSTONE' | 'MALFORMED_JSON' | 'WRONG_SCHEMA' | 'UNKNOWN_ORDER' | 'AMOUNT_MISMATCH' | 'RETRIES_EXHAUSTED';

/** What is to be done with a message. */
export type Verdict =
  | { kind: 'settled'; settled: Settled }
  /** Permanent: it goes to the dead-letter topic at once. */
  | { kind: 'dead'; code: DeadLetterCode; reason: string }
  /** Something went wrong with this message alone; it may go better later. */
  | { kind: 'failed'; error: unknown };

/** The database is away: nothing about any message is known, and none has used up a retry. */
export class InfrastructureError extends Error {
  override name = 'InfrastructureError';
}

/**
 * Settles messages of one topic in one transaction, and gives a verdict on each. One that fails is told from the others by
 * splitting.
 * @throws {InfrastructureError} when the database is away; settling them all again is safe
 */
export async function settleMessages(
  pool: pg.Pool,
  type: PaymentOutcomeType,
  messages: ReceivedMessage[],
): Promise<Verdict[]> {
  const verdicts = new Map<ReceivedMessage, Verdict>();
  const outcomes: { message: ReceivedMessage; outcome: PaymentOutcome; traceparent: string | undefined }[] = [];
  for (const message of messages) {
    const parsed = parseMessage(message, type);
    switch (parsed.kind) {
      case 'ok':
        outcomes.push({ message, outcome: parsed.outcome, traceparent: parsed.traceparent });
        break;
      case 'tombstone':
        verdicts.set(message, { kind: 'dead', code: 'TOMBSTONE', reason: 'The message has no value.' });
        break;
      case 'malformed-json':
        verdicts.set(message, { kind: 'dead', code: 'MALFORMED_JSON', reason: parsed.reason });
        break;
      case 'wrong-schema':
        verdicts.set(message, { kind: 'dead', code: 'WRONG_SCHEMA', reason: parsed.reason });
        break;
    }
  }
  const attempts = await runIsolating(outcomes, {
    run: (items) =>
      inTraces(
        items.map(({ traceparent }) => traceparent),
        `process ${type}`,
        { 'messaging.system': 'kafka', 'messaging.batch.message_count': items.length },
        () =>
          settle(
            pool,
            items.map(({ outcome }) => outcome),
            new Map(items.map(({ outcome, traceparent }) => [outcome.orderId, traceparent])),
          ),
      ),
    keyOf: ({ outcome }) => outcome.orderId,
    failsAll: isAway,
  });
  outcomes.forEach(({ message }, index) => {
    const attempted = present(attempts[index]);
    if (attempted.ok) verdicts.set(message, verdictOn(attempted.result));
    else if (isAway(attempted.error)) throw new InfrastructureError('The database is away', { cause: attempted.error });
    else verdicts.set(message, { kind: 'failed', error: attempted.error });
  });
  return messages.map((message) => present(verdicts.get(message)));
}

function verdictOn(settled: Settled): Verdict {
  if (settled.kind !== 'rejected') return { kind: 'settled', settled };
  return { kind: 'dead', code: CODES[settled.reason], reason: rejectionText(settled) };
}

const CODES: Record<Rejection['reason'], DeadLetterCode> = {
  'unknown-order': 'UNKNOWN_ORDER',
  'amount-mismatch': 'AMOUNT_MISMATCH',
  malformed: 'WRONG_SCHEMA',
};
