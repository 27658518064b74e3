import type { PaymentOutcome } from '@ticketing/types/payment-outcome';
import Stripe from 'stripe';
import type { StripeAccess } from './stripe-access.ts';

/** An intent that was made for an order. */
export interface OrderIntent {
  orderId: string;
  intentId: string;
  /** The account that has it; null if that was not known when it was made. */
  accountId: string | null;
}

/** Stripe has not decided yet: the bank is processing a payment. Nothing failed; it will be reported. */
export class PaymentProcessing extends Error {
  override name = 'PaymentProcessing';
}

/**
 * Cancels an intent so that nobody can pay it any more, and returns what to settle: cancelled, or succeeded if the money
 * came first.
 * @throws {PaymentProcessing} while the bank is at it
 */
export async function cancelIntent(access: Omit<StripeAccess, 'limiter'>, of: OrderIntent): Promise<PaymentOutcome> {
  const { stripe } = access;
  let intent: Intent;
  try {
    intent = await stripe.paymentIntents.cancel(of.intentId);
  } catch (error) {
    if (isStripeCode(error, 'resource_missing')) intent = await missingIntent(access, of, error);
    else if (isStripeCode(error, 'payment_intent_unexpected_state'))
      intent = await stripe.paymentIntents.retrieve(of.intentId);
    else throw error;
  }
  const outcome = intentOutcome(of.orderId, intent);
  if (outcome) return outcome;
  if (intent.status === 'processing') throw new PaymentProcessing('The bank is still processing a payment');
  throw new Error(`Stripe does not cancel the payment intent, which is ${intent.status}`);
}

/** What Stripe says about an intent: undefined while it can still be paid. Changes nothing there. */
export async function readIntent(access: StripeAccess, of: OrderIntent): Promise<PaymentOutcome | undefined> {
  await access.limiter.waitTurn();
  try {
    return intentOutcome(of.orderId, await access.stripe.paymentIntents.retrieve(of.intentId));
  } catch (error) {
    if (!isStripeCode(error, 'resource_missing')) throw error;
    return intentOutcome(of.orderId, await missingIntent(access, of, error));
  }
}

type Intent = Pick<Stripe.PaymentIntent, 'id' | 'status'> & Partial<Stripe.PaymentIntent>;

/**
 * Stripe deletes no intents, but for all test data at once. One that this key cannot see, and that was made in the same
 * account, is gone: as good as cancelled. Else the key is of another account or mode, and nothing is known.
 */
async function missingIntent(
  { account }: Pick<StripeAccess, 'account'>,
  { intentId, accountId }: OrderIntent,
  error: unknown,
): Promise<Intent> {
  const isGone = accountId !== null && !isOfOtherMode(error) && (await account.id()) === accountId;
  if (!isGone) throw error;
  return { id: intentId, status: 'canceled' };
}

/** "No such payment_intent: 'pi_…'; a similar object exists in live mode, but a test mode key was used …" */
function isOfOtherMode(error: unknown): boolean {
  return error instanceof Error && error.message.includes('mode key was used');
}

/** What an intent means to its order: undefined while it can still be paid. */
export function intentOutcome(orderId: string, intent: Intent): PaymentOutcome | undefined {
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
