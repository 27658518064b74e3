import { PaymentOutcome } from '@ticketing/types/payment-outcome';
import { z } from 'zod';

/** What a verified webhook event is to us. */
export type Report =
  | { kind: 'outcome'; outcome: PaymentOutcome }
  /** Ours or not can only be told by the intent: the object carries no order id. */
  | { kind: 'order-unknown'; intentId: string; withOrder: (orderId: string) => Report }
  /** Not for us, or without consequences. */
  | { kind: 'ignored'; type: string }
  /** For us, but it can never settle. */
  | { kind: 'malformed'; eventId: string; type: string; reason: string };

/** Printable, so that it can be looked up, stored and shown. */
const StripeId = z.string().regex(/^[\x21-\x7e]{1,255}$/);

/** The parts of Stripe's events that we read, in any version of its API. */
const Envelope = z.object({
  id: StripeId,
  type: z.string().max(255),
  created: z.number().optional(),
  data: z.object({ object: z.looseObject({}) }),
});

/** An object or its id: depends on what was expanded. */
const Reference = z.union([StripeId, z.object({ id: StripeId }).transform(({ id }) => id)]);

const Details = z.object({
  id: StripeId,
  payment_intent: Reference.nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
  amount: z.int(),
  amount_received: z.int().nullish(),
  amount_refunded: z.int().nullish(),
  currency: z.string(),
  status: z.string().nullish(),
  last_payment_error: z.object({ code: z.string().nullish() }).nullish(),
});
type Details = z.infer<typeof Details>;

interface Reading {
  type: PaymentOutcome['type'];
  intentId: (object: Details) => string | null | undefined;
  amount: (object: Details) => number;
  detail?: (object: Details) => string | null | undefined;
}

const ofIntent = (object: Details) => object.id;
const ofOther = (object: Details) => object.payment_intent;
const wholeAmount = (object: Details) => object.amount;

/** https://docs.stripe.com/api/events/types */
const READINGS: Record<string, Reading> = {
  'payment_intent.succeeded': {
    type: 'payment.succeeded',
    intentId: ofIntent,
    amount: (object) => object.amount_received ?? object.amount,
  },
  'payment_intent.payment_failed': {
    type: 'payment.failed',
    intentId: ofIntent,
    amount: wholeAmount,
    detail: (object) => object.last_payment_error?.code,
  },
  'payment_intent.canceled': {
    type: 'payment.failed',
    intentId: ofIntent,
    amount: wholeAmount,
    detail: () => 'canceled',
  },
  'charge.refunded': {
    type: 'payment.refunded',
    intentId: ofOther,
    amount: (object) => object.amount_refunded ?? object.amount,
    detail: () => 'succeeded',
  },
  'refund.updated': {
    type: 'payment.refunded',
    intentId: ofOther,
    amount: wholeAmount,
    detail: (object) => object.status,
  },
  'refund.failed': { type: 'payment.refunded', intentId: ofOther, amount: wholeAmount, detail: () => 'failed' },
  'charge.dispute.created': {
    type: 'payment.disputed',
    intentId: ofOther,
    amount: wholeAmount,
    detail: () => 'created',
  },
  'charge.dispute.closed': {
    type: 'payment.disputed',
    intentId: ofOther,
    amount: wholeAmount,
    detail: (object) => object.status,
  },
};

/** Reads a verified event. Pure: what must be looked up is left to the caller. */
export function readReport(event: unknown): Report {
  const envelope = Envelope.safeParse(event);
  if (!envelope.success) return { kind: 'ignored', type: 'unknown' };
  const { id: eventId, type } = envelope.data;
  const reading = Object.hasOwn(READINGS, type) ? READINGS[type] : undefined;
  if (!reading) return { kind: 'ignored', type };
  const object = Details.safeParse(envelope.data.data.object);
  if (!object.success) return { kind: 'malformed', eventId, type, reason: z.prettifyError(object.error) };
  const intentId = reading.intentId(object.data);
  if (!intentId) return { kind: 'ignored', type };
  const withOrder = (orderId: string): Report => {
    const outcome = PaymentOutcome.safeParse({
      eventId,
      type: reading.type,
      orderId,
      paymentIntentId: intentId,
      amount: reading.amount(object.data),
      currency: object.data.currency.toUpperCase(),
      occurredAt: instant(envelope.data.created),
      detail: reading.detail?.(object.data) ?? undefined,
    });
    if (outcome.success) return { kind: 'outcome', outcome: outcome.data };
    return { kind: 'malformed', eventId, type, reason: z.prettifyError(outcome.error) };
  };
  const orderId = object.data.metadata?.order_id;
  return orderId === undefined ? { kind: 'order-unknown', intentId, withOrder } : withOrder(orderId);
}

/** Stripe's times are seconds since 1970. */
function instant(epochSeconds: number | undefined): string {
  const time = new Date((epochSeconds ?? Number.NaN) * 1000);
  return (Number.isNaN(time.getTime()) ? new Date() : time).toISOString();
}
