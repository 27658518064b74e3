import { ApiError } from './api-error.ts';
import { now, type Books, type Charge, type Metadata, type Refund } from './books.ts';
import { stripeId } from './ids.ts';
import type { Emit } from './payment-intents.ts';

/**
 * Refunds a charge, all that is left of it unless an amount is given. Succeeds at once, as refunds to cards do.
 *
 * @throws 400 `charge_already_refunded` when nothing is left, 400 with param `amount` when less is left than asked for.
 */
export function createRefund(
  books: Books,
  emit: Emit,
  charge: Charge,
  given: { amount: number | undefined; reason: string | null; metadata: Metadata },
): Refund {
  const left = charge.amount - charge.amount_refunded;
  if (left === 0) {
    throw refused({ code: 'charge_already_refunded', message: `Charge ${charge.id} has already been refunded.` });
  }
  const amount = given.amount ?? left;
  if (amount > left) {
    const message = `Refund amount (${amount}) is greater than unrefunded amount on charge (${left})`;
    throw refused({ code: 'amount_too_large', message, param: 'amount' });
  }
  const refund: Refund = {
    id: stripeId('re'),
    object: 'refund',
    amount,
    charge: charge.id,
    created: now(),
    currency: charge.currency,
    metadata: given.metadata,
    payment_intent: charge.payment_intent,
    reason: given.reason,
    status: 'succeeded',
  };
  books.refunds.set(refund.id, refund);
  charge.amount_refunded += amount;
  charge.refunded = charge.amount_refunded === charge.amount;
  emit('refund.created', refund);
  emit('charge.refunded', charge);
  emit('refund.updated', refund);
  return refund;
}

function refused(body: { code: string; message: string; param?: string }): ApiError {
  return new ApiError(400, { type: 'invalid_request_error', ...body });
}
