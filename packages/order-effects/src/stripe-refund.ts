import type { DueRefund } from '@ticketing/order-core/refund-due';
import type { PaymentOutcome } from '@ticketing/types/payment-outcome';
import Stripe from 'stripe';
import type { StripeAccess } from './stripe-access.ts';

/** A payment of an order. */
interface Paid {
  orderId: string;
  intentId: string;
}

/** Refunds of one payment that are read; far above what Stripe's dashboard is used for. */
const PAGE = 100;

/**
 * Gives money back, and returns what to settle. If less is left at Stripe than is due, some went back by hand: what is
 * returned then are those refunds, and the caller finds out anew what is due. Running it again gives nothing back twice:
 * another attempt looks for its refund first.
 */
export async function refund(access: StripeAccess, due: DueRefund, attempt: number): Promise<PaymentOutcome[]> {
  const paid = { orderId: due.orderId, intentId: due.paymentIntentId };
  // An attempt that seemed to fail may have succeeded; its key may also replay its failure for a day.
  const earlier = attempt > 1 ? await listRefunds(access, paid) : [];
  if (earlier.some((one) => isOurs(one, due))) return earlier.map((one) => refundOutcome(paid, one));
  await access.limiter.waitTurn();
  try {
    const made = await access.stripe.refunds.create(
      {
        payment_intent: due.paymentIntentId,
        amount: due.amount,
        metadata: { order_id: due.orderId, refund_id: due.id, reason: due.reason },
      },
      { idempotencyKey: `refund-${due.id}-${attempt}` },
    );
    return [refundOutcome(paid, made)];
  } catch (error) {
    if (!isMoreThanLeft(error)) throw error;
    const byHand = await readRefunds(access, paid);
    if (byHand.length === 0) throw error;
    return byHand;
  }
}

/** What Stripe says about all refunds of a payment, to settle. */
export async function readRefunds(access: StripeAccess, paid: Paid): Promise<PaymentOutcome[]> {
  return (await listRefunds(access, paid)).map((one) => refundOutcome(paid, one));
}

async function listRefunds({ stripe, limiter }: StripeAccess, { intentId }: Paid): Promise<Stripe.Refund[]> {
  await limiter.waitTurn();
  const { data } = await stripe.refunds.list({ payment_intent: intentId, limit: PAGE });
  // The oldest first, as they happened.
  return data.reverse();
}

/**
 * Those that failed and were asked for anew are over: an attempt after them is a new one. Refunds of the release before
 * carry no id of ours.
 */
function isOurs({ id, status, amount, metadata }: Stripe.Refund, due: DueRefund): boolean {
  if (due.formerProviderRefundIds.includes(id)) return false;
  if (metadata?.refund_id !== undefined) return metadata.refund_id === due.id;
  const isOver = status === 'failed' || status === 'canceled';
  return !isOver && metadata?.order_id === due.orderId && amount === due.amount;
}

function isMoreThanLeft(error: unknown): boolean {
  if (!(error instanceof Stripe.errors.StripeInvalidRequestError)) return false;
  return error.code === 'charge_already_refunded' || error.param === 'amount';
}

/** What a refund means to its order. */
export function refundOutcome({ orderId, intentId }: Paid, refund: Stripe.Refund): PaymentOutcome {
  const { id, status, amount, currency, metadata } = refund;
  return {
    eventId: `refund:${orderId}:${intentId}:${id}:${status ?? 'none'}`,
    type: 'payment.refunded',
    orderId,
    paymentIntentId: intentId,
    amount,
    currency: currency.toUpperCase(),
    occurredAt: new Date().toISOString(),
    refundId: id,
    ...(isUuid(metadata?.refund_id) && { refundRequestId: metadata?.refund_id }),
    ...(status !== null && { detail: status }),
  };
}

function isUuid(text: string | undefined): boolean {
  return text !== undefined && /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(text);
}
