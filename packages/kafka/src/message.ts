import { check, sentence } from '@ticketing/service-kit/fault';
import { PaymentOutcome, type PaymentOutcomeType } from '@ticketing/types/payment-outcome';
import { headerText, type Headers, type OutgoingMessage } from './received-message.ts';

export interface OutcomeContext {
  /** Who produced it: a URI reference (`ce_source`). */
  source: string;
  /** https://www.w3.org/TR/trace-context/#traceparent-header */
  traceparent?: string | undefined;
}

/**
 * The message of an outcome: JSON value, keyed by its order so that an order's outcomes stay in sequence, and the
 * attributes of CloudEvents in binary mode
 * (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md#32-binary-content-mode).
 */
export function outcomeMessage(outcome: PaymentOutcome, { source, traceparent }: OutcomeContext): OutgoingMessage {
  return {
    key: outcome.orderId,
    value: JSON.stringify(outcome),
    headers: {
      ce_specversion: '1.0',
      ce_id: outcome.eventId,
      ce_type: outcome.type,
      ce_source: source,
      ce_time: outcome.occurredAt,
      'content-type': 'application/json',
      ...(traceparent === undefined ? {} : { traceparent }),
    },
  };
}

/** What a message turned out to be. */
export type ParsedMessage =
  | { kind: 'ok'; outcome: PaymentOutcome; traceparent?: string }
  /** No value: says that something is gone, which a payment cannot be. */
  | { kind: 'tombstone' }
  | { kind: 'malformed-json'; reason: string }
  | { kind: 'wrong-schema'; reason: string };

/**
 * Reads a message of the topic for outcomes of type `expected`. Never throws. The value alone counts: key and headers may
 * be missing, and unknown fields are ignored, so that any make of client may produce.
 */
export function parseMessage(
  { value, headers }: { value: Buffer | null; headers: Headers },
  expected: PaymentOutcomeType,
): ParsedMessage {
  if (value === null) return { kind: 'tombstone' };
  const json = parseJson(value);
  if ('reason' in json) return { kind: 'malformed-json', reason: json.reason };
  const checked = check(PaymentOutcome, json.content, 'json');
  if (checked.kind === 'invalid') return { kind: 'wrong-schema', reason: sentence(checked.faults, 'The value') };
  const outcome = checked.value;
  if (outcome.type !== expected) {
    return { kind: 'wrong-schema', reason: `type is ${outcome.type} in the topic for ${expected}.` };
  }
  const traceparent = headerText(headers, 'traceparent');
  const isTraceparent = traceparent !== undefined && TRACEPARENT.test(traceparent);
  return { kind: 'ok', outcome, ...(isTraceparent ? { traceparent } : {}) };
}

const TRACEPARENT = /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/;
const MAX_REASON_LENGTH = 500;

/** Bytes that are not UTF-8 are as malformed as JSON that is not. */
const utf8 = new TextDecoder('utf-8', { fatal: true });

function parseJson(value: Buffer): { content: unknown } | { reason: string } {
  try {
    return { content: JSON.parse(utf8.decode(value)) };
  } catch (error) {
    return { reason: (error as Error).message.slice(0, MAX_REASON_LENGTH) };
  }
}
