import type { PaymentOutcome } from '@ticketing/types/payment-outcome';
import { z } from 'zod';

/** Printable, so that it can be looked up, stored and shown. */
export const StripeId = z.string().regex(/^[\x21-\x7e]{1,255}$/);

/** An object or its id: depends on what was expanded. */
export const Reference = z.union([StripeId, z.object({ id: StripeId }).transform(({ id }) => id)]);

/** What we read of payment intents, charges, refunds and disputes, in any version of Stripe's API. */
export const Details = z.object({
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
export type Details = z.infer<typeof Details>;

/** How events of a type are read. */
export interface EventType {
  type: PaymentOutcome['type'];
  /** What the event's object is: the intent itself, or something that belongs to one. */
  about: 'intent' | 'charge' | 'refund' | 'dispute';
  amount: (object: Details) => number;
  detail?: (object: Details) => string | null | undefined;
  /** Statuses of the object that the event cannot mean; a missing one contradicts nothing. */
  isContradicted?: (status: string) => boolean;
}

const wholeAmount = (object: Details) => object.amount;
const ownStatus = (object: Details) => object.status;
const isNoneOf = (statuses: string[]) => (status: string) => !statuses.includes(status);

const REFUND: EventType = { type: 'payment.refunded', about: 'refund', amount: wholeAmount, detail: ownStatus };

const dispute = (lastPart: string): EventType => ({
  type: 'payment.disputed',
  about: 'dispute',
  amount: wholeAmount,
  detail: (object) => object.status ?? lastPart,
});

/**
 * The events that change something here (https://docs.stripe.com/api/events/types). Two more are known and left out on purpose,
 * because nothing changes before their end is known: `payment_intent.processing`, after which the intent succeeds or fails, and
 * `radar.early_fraud_warning.created`, which a dispute may follow.
 */
const EVENT_TYPES: Record<string, EventType> = {
  'payment_intent.succeeded': {
    type: 'payment.succeeded',
    about: 'intent',
    amount: (object) => object.amount_received ?? object.amount,
    isContradicted: isNoneOf(['succeeded']),
  },
  'payment_intent.payment_failed': {
    type: 'payment.failed',
    about: 'intent',
    amount: wholeAmount,
    // "canceled" would say that nobody can pay any more, which a failure does not mean.
    detail: ({ last_payment_error: error }) => (error?.code === 'canceled' ? undefined : error?.code),
    // `requires_source…` in versions of the API before 2019-02-11.
    isContradicted: isNoneOf([
      ...['requires_payment_method', 'requires_source', 'requires_confirmation'],
      ...['requires_action', 'requires_source_action', 'canceled'],
    ]),
  },
  'payment_intent.canceled': {
    type: 'payment.failed',
    about: 'intent',
    amount: wholeAmount,
    detail: () => 'canceled',
    isContradicted: isNoneOf(['canceled']),
  },
  // Cumulative, and silent about which refund, and how it stands: it says that there is something to ask for.
  'charge.refunded': {
    type: 'payment.refunded',
    about: 'charge',
    amount: (object) => object.amount_refunded ?? 0,
    detail: () => 'charge.refunded',
  },
  'refund.created': REFUND,
  'refund.updated': REFUND,
  // The same for versions of the API before `refund.updated`.
  'charge.refund.updated': REFUND,
  'refund.failed': {
    ...REFUND,
    detail: (object) => object.status ?? 'failed',
    isContradicted: (status) => ['succeeded', 'pending', 'requires_action'].includes(status),
  },
  'charge.dispute.created': dispute('created'),
  'charge.dispute.updated': dispute('updated'),
  'charge.dispute.closed': dispute('closed'),
  'charge.dispute.funds_withdrawn': dispute('funds_withdrawn'),
  'charge.dispute.funds_reinstated': dispute('funds_reinstated'),
};

/** How events of Stripe's type are read; undefined for those without consequences here. */
export function eventType(type: string): EventType | undefined {
  return Object.hasOwn(EVENT_TYPES, type) ? EVENT_TYPES[type] : undefined;
}

/** The types of events that have consequences here. */
export const EVENT_TYPE_NAMES = Object.keys(EVENT_TYPES);
