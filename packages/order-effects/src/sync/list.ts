import type Stripe from 'stripe';
import type { StripeAccess } from '../stripe-access.ts';
import { EVENT_TYPE_NAMES } from '../stripe-events/event-types.ts';

/**
 * What is gone through, in this order. Events first: they say what has changed in the last 30 days, however old the object
 * is that changed (a debit takes days, a refund fails days later), and they have the ids that webhooks have. Lists of
 * objects go by when these were made; they have what is older than 30 days, and whose order only the payment intent tells.
 */
export const RESOURCES = ['events', 'payment_intents', 'refunds', 'disputes'] as const;
export type Resource = (typeof RESOURCES)[number];

/** One page, the newest first. */
export type StripePage = { hasMore: boolean } & (
  | { resource: 'events'; data: Stripe.Event[] }
  | { resource: 'payment_intents'; data: Stripe.PaymentIntent[] }
  | { resource: 'refunds'; data: Stripe.Refund[] }
  | { resource: 'disputes'; data: Stripe.Dispute[] }
);

/** The most that Stripe gives at a time (https://docs.stripe.com/api/pagination). */
const PAGE = 100;

/** The refunds and disputes themselves tell which there are; this one only that there are some. */
const TYPES = EVENT_TYPE_NAMES.filter((type) => type !== 'charge.refunded');

/** Neither refunds nor disputes made by hand say whose order they are about: the intent's metadata does. */
const WITH_INTENT = ['data.payment_intent'];

/** Asks Stripe for a page of what was made since then, beginning after the object `after`. Waits for its turn. */
export async function listPage(
  { stripe, limiter }: StripeAccess,
  resource: Resource,
  { since, after }: { since: Date; after: string | undefined },
): Promise<StripePage> {
  await limiter.waitTurn();
  const query = {
    created: { gte: Math.floor(since.getTime() / 1000) },
    limit: PAGE,
    ...(after !== undefined && { starting_after: after }),
  };
  switch (resource) {
    case 'events': {
      const { data, has_more: hasMore } = await stripe.events.list({ ...query, types: TYPES });
      return { resource, data, hasMore };
    }
    case 'payment_intents': {
      const { data, has_more: hasMore } = await stripe.paymentIntents.list(query);
      return { resource, data, hasMore };
    }
    case 'refunds': {
      const { data, has_more: hasMore } = await stripe.refunds.list({ ...query, expand: WITH_INTENT });
      return { resource, data, hasMore };
    }
    case 'disputes': {
      const { data, has_more: hasMore } = await stripe.disputes.list({ ...query, expand: WITH_INTENT });
      return { resource, data, hasMore };
    }
  }
}
