import Stripe from 'stripe';
import type { StripeAccess } from './stripe-access.ts';

/** What became of sending a payment back that could not be settled. */
export type RefundedUnsettled =
  /** With Stripe's word for how far it is. */
  | { kind: 'refunded'; status: string }
  /** All of it went back before. */
  | { kind: 'refunded-before' }
  /** It is not what it was taken for, or Stripe does not give it back. */
  | { kind: 'refused'; reason: string };

/**
 * Gives back all that is left of a payment that succeeded and carries our order id, which is looked up first: what is in
 * a dead letter may have come from anywhere. A whole payment goes back once, however often this runs; each `attempt` has an
 * idempotency key of its own, since Stripe repeats a failure to the same key for a day.
 */
export async function refundUnsettled(
  { stripe, limiter }: Omit<StripeAccess, 'account'>,
  { orderId, intentId, attempt }: { orderId: string; intentId: string; attempt: number },
): Promise<RefundedUnsettled> {
  await limiter.waitTurn();
  const { status, metadata } = await stripe.paymentIntents.retrieve(intentId);
  if (metadata.order_id?.toLowerCase() !== orderId) {
    return { kind: 'refused', reason: `At Stripe, ${intentId} is not a payment of order ${orderId}.` };
  }
  if (status !== 'succeeded') return { kind: 'refused', reason: `At Stripe, ${intentId} is ${status}.` };
  await limiter.waitTurn();
  try {
    const refund = await stripe.refunds.create(
      // With the order's id, a refund that fails days later is reported as ours.
      { payment_intent: intentId, metadata: { order_id: orderId, reason: 'unsettled' } },
      { idempotencyKey: `refund-unsettled-${intentId}-${attempt}` },
    );
    if (refund.status === 'failed' || refund.status === 'canceled') {
      return { kind: 'refused', reason: `Stripe's refund ${refund.id} is ${refund.status}.` };
    }
    return { kind: 'refunded', status: refund.status ?? 'unknown' };
  } catch (error) {
    const isDone = error instanceof Stripe.errors.StripeError && error.code === 'charge_already_refunded';
    if (isDone) return { kind: 'refunded-before' };
    throw error;
  }
}
