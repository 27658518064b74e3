import { check, sentence, type Fault } from '@ticketing/service-kit/fault';
import { PaymentOutcome } from '@ticketing/types/payment-outcome';
import { z } from 'zod';
import { Details, eventType, Reference, StripeId, type EventType } from './event-types.ts';

/** What a verified webhook event is to us. */
export type Report =
  | OwnReport
  /** Ours only if we started the intent: there is no order id, or none that can be ours. */
  | { kind: 'doubtful'; intentId: string; ofOrder: (orderId: string) => OwnReport }
  /** Not for us, or without consequences. */
  | { kind: 'ignored' };

export type OwnReport =
  | { kind: 'outcome'; outcome: PaymentOutcome }
  /** For us, but it can never settle. */
  | { kind: 'malformed'; eventId: string; type: string; reason: string };

/** The parts of Stripe's events that we read, in any version of its API. */
const Envelope = z.object({
  id: StripeId,
  type: z.string().max(255),
  created: z.number().optional().catch(undefined),
  data: z.object({ object: z.looseObject({}) }),
});

/** What tells whose an object is, as far as it can be read. */
const Subject = z.object({
  id: StripeId.optional().catch(undefined),
  payment_intent: Reference.nullish().catch(undefined),
  metadata: z.looseObject({ order_id: z.unknown().optional() }).nullish().catch(undefined),
});

/** Every id that we make is one; `order_id` is a common name, and other products' ids are numbers or anything else. */
const OwnId = z.uuidv7();

/** Whether a text can be the id of an order of ours. */
export function isOwnId(text: unknown): text is string {
  return OwnId.safeParse(text).success;
}

/** Reads a verified event. Pure: what must be looked up is left to the caller. */
export function readReport(event: unknown): Report {
  const envelope = Envelope.safeParse(event);
  if (!envelope.success) return { kind: 'ignored' };
  const { id: eventId, type, created, data } = envelope.data;
  const reading = eventType(type);
  if (!reading) return { kind: 'ignored' };
  const malformed = (reason: string): OwnReport => ({ kind: 'malformed', eventId, type, reason });

  const subject = Subject.parse(data.object);
  const intentId = reading.about === 'intent' ? subject.id : subject.payment_intent;
  const orderId = subject.metadata?.order_id;
  const object = check(Details, data.object, 'json');
  const ofOrder = (id: string): OwnReport => {
    if (object.kind === 'invalid') return malformed(reasonOf(object.faults));
    if (!intentId) return malformed('The payment intent is missing');
    const read = outcomeOf(reading, object.value, { eventId, orderId: id, intentId, created });
    return 'outcome' in read ? { kind: 'outcome', outcome: read.outcome } : malformed(read.reason);
  };

  if (isOwnId(orderId)) return ofOrder(orderId);
  // Stripe removes a key that is set to the empty text.
  const isMissing = orderId === undefined || orderId === '';
  if (isMissing && object.kind === 'invalid') return malformed(reasonOf(object.faults));
  if (!intentId) {
    // Without a readable intent nothing can be looked up: rather kept than lost.
    return object.kind === 'valid' ? { kind: 'ignored' } : malformed(reasonOf(object.faults));
  }
  const broken = () => malformed('metadata.order_id is no order id, though the payment was started here');
  return { kind: 'doubtful', intentId, ofOrder: isMissing ? ofOrder : broken };
}

const MAX_QUOTED = 100;

interface About {
  eventId: string;
  orderId: string;
  intentId: string;
  created: number | undefined;
}

function outcomeOf(
  { type, about, amount, detail, isContradicted }: EventType,
  object: Details,
  { eventId, orderId, intentId, created }: About,
): { outcome: PaymentOutcome } | { reason: string } {
  const { status } = object;
  if (typeof status === 'string' && isContradicted?.(status)) {
    return {
      reason: `The event's object has the status ${JSON.stringify(status.slice(0, MAX_QUOTED))}, which contradicts it`,
    };
  }
  return readOutcome({
    eventId,
    type,
    orderId,
    paymentIntentId: intentId,
    amount: amount(object),
    currency: object.currency.toUpperCase(),
    occurredAt: instant(created),
    detail: detail?.(object) ?? undefined,
    ...(about === 'refund' && { refundId: object.id, refundRequestId: object.metadata?.refund_id }),
    ...(about === 'dispute' && { disputeId: object.id }),
  });
}

/** What was reported, or why it cannot be read. */
export function readOutcome(given: unknown): { outcome: PaymentOutcome } | { reason: string } {
  const checked = check(PaymentOutcome, given, 'json');
  return checked.kind === 'valid' ? { outcome: checked.value } : { reason: reasonOf(checked.faults) };
}

function reasonOf(faults: Fault[]): string {
  return sentence(faults, 'The object');
}

/** Stripe's times are seconds since 1970. */
function instant(epochSeconds: number | undefined): string {
  const time = new Date((epochSeconds ?? Number.NaN) * 1000);
  return (Number.isNaN(time.getTime()) ? new Date() : time).toISOString();
}
