import type { Effect } from '@ticketing/order-core/outbox';
import type { PaymentOutcome } from '@ticketing/types/payment-outcome';
import Stripe from 'stripe';
import type { StripeLimiter } from './stripe-limiter.ts';

/** How Stripe is reached. */
export interface StripeAccess {
  stripe: Stripe;
  limiter: StripeLimiter;
}

/**
 * Gives money back, and returns what to settle; undefined while Stripe will report the rest. Running it again gives
 * nothing back twice: another attempt looks for a refund first.
 */
export async function refund(
  { stripe, limiter }: StripeAccess,
  effect: Extract<Effect, { kind: 'refund' }>,
  attempt: number,
): Promise<PaymentOutcome | undefined> {
  // An attempt that seemed to fail may have succeeded; its key may also replay its failure for a day.
  const earlier = attempt > 1 ? await findRefund({ stripe, limiter }, effect) : undefined;
  await limiter.waitTurn();
  try {
    const made =
      earlier ??
      (await stripe.refunds.create(
        { payment_intent: effect.intentId, metadata: { order_id: effect.orderId, reason: effect.reason } },
        { idempotencyKey: `refund-${effect.orderId}-${effect.intentId}-${attempt}` },
      ));
    if (made.status === 'pending' || made.status === 'requires_action') return undefined;
    return refundOutcome(effect, made.status === 'succeeded' ? 'succeeded' : 'failed', made.id);
  } catch (error) {
    if (isStripeCode(error, 'charge_already_refunded')) return refundOutcome(effect, 'succeeded', 'already');
    throw error;
  }
}

/** What Stripe says about the refund of a payment: undefined while it is under way, or if there is none. */
export async function readRefund(options: StripeAccess, refund: Refunded): Promise<PaymentOutcome | undefined> {
  const found = await findRefund(options, refund);
  return found?.status === 'succeeded' ? refundOutcome(refund, 'succeeded', found.id) : undefined;
}

/** Money that goes back; `amount` in minor units of `currency`. */
interface Refunded {
  orderId: string;
  intentId: string;
  amount: number;
  currency: string;
}

async function findRefund(
  { stripe, limiter }: StripeAccess,
  { intentId, amount: wanted }: Refunded,
): Promise<Stripe.Refund | undefined> {
  await limiter.waitTurn();
  const { data } = await stripe.refunds.list({ payment_intent: intentId, limit: 10 });
  return data.find(({ status, amount }) => status !== 'failed' && status !== 'canceled' && amount === wanted);
}

function refundOutcome(effect: Refunded, detail: string, refundId: string): PaymentOutcome {
  return {
    eventId: `refund:${effect.orderId}:${effect.intentId}:${refundId}:${detail}`,
    type: 'payment.refunded',
    orderId: effect.orderId,
    paymentIntentId: effect.intentId,
    amount: effect.amount,
    currency: effect.currency,
    occurredAt: new Date().toISOString(),
    detail,
  };
}

/**
 * Cancels an intent so that nobody can pay it any more, and returns what to settle: cancelled, or succeeded if the money
 * came first. It throws while Stripe is still processing a payment.
 */
export async function cancelIntent(
  stripe: Stripe,
  { orderId, intentId }: { orderId: string; intentId: string },
): Promise<PaymentOutcome> {
  let intent: Intent;
  try {
    intent = await stripe.paymentIntents.cancel(intentId);
  } catch (error) {
    if (isStripeCode(error, 'resource_missing')) intent = missingIntent(intentId);
    else if (isStripeCode(error, 'payment_intent_unexpected_state'))
      intent = await stripe.paymentIntents.retrieve(intentId);
    else throw error;
  }
  const outcome = intentOutcome(orderId, intent);
  if (!outcome) throw new Error(`The payment intent is ${intent.status}; whether the hold can end is known later`);
  return outcome;
}

/** What Stripe says about an intent: undefined while it can still be paid. Changes nothing there. */
export async function readIntent(
  { stripe, limiter }: StripeAccess,
  { orderId, intentId }: { orderId: string; intentId: string },
): Promise<PaymentOutcome | undefined> {
  await limiter.waitTurn();
  try {
    return intentOutcome(orderId, await stripe.paymentIntents.retrieve(intentId));
  } catch (error) {
    if (isStripeCode(error, 'resource_missing')) return intentOutcome(orderId, missingIntent(intentId));
    throw error;
  }
}

type Intent = Pick<Stripe.PaymentIntent, 'id' | 'status'> & Partial<Stripe.PaymentIntent>;

/** An intent that does not exist at the provider cannot be paid: as good as cancelled. */
function missingIntent(id: string): Intent {
  return { id, status: 'canceled' };
}

function intentOutcome(orderId: string, intent: Intent): PaymentOutcome | undefined {
  const { id, status, amount = 0, amount_received: received, currency = 'xxx' } = intent;
  const common = {
    eventId: `intent:${orderId}:${id}:${status}`,
    orderId,
    paymentIntentId: id,
    amount: received ?? amount,
    currency: currency.toUpperCase(),
    occurredAt: new Date().toISOString(),
  };
  if (status === 'succeeded') return { ...common, type: 'payment.succeeded' };
  if (status === 'canceled') return { ...common, type: 'payment.failed', detail: 'canceled' };
  return undefined;
}

function isStripeCode(error: unknown, code: string): boolean {
  return error instanceof Stripe.errors.StripeError && error.code === code;
}
