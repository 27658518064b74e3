import type Stripe from 'stripe';

/**
 * Ways to pay that succeed or fail days later ("delayed notification":
 * https://docs.stripe.com/payments/payment-methods#payment-notification).
 */
const DELAYED_METHODS = [
  ...['acss_debit', 'au_becs_debit', 'bacs_debit', 'nz_bank_account', 'sepa_debit', 'us_bank_account'],
  ...['boleto', 'customer_balance', 'konbini', 'multibanco', 'oxxo', 'sofort'],
] as const;

/** Longer than the slowest of them takes. */
const DELAY_DAYS = 14;
const DAY_MS = 24 * 60 * 60_000;

/**
 * Which ways to pay Stripe is told to leave out. A payment that takes days holds its seats all the while, and one that
 * succeeds when the event is over has to go back: they are offered only where that is wanted, and never so shortly before
 * an event that it may have begun when they succeed.
 */
export function excludedMethods(
  { offersDelayedMethods, startsAt }: { offersDelayedMethods: boolean; startsAt: Date },
  now = new Date(),
): Pick<Stripe.PaymentIntentCreateParams, 'excluded_payment_method_types'> {
  const isSoon = startsAt.getTime() - now.getTime() < DELAY_DAYS * DAY_MS;
  return offersDelayedMethods && !isSoon ? {} : { excluded_payment_method_types: [...DELAYED_METHODS] };
}
