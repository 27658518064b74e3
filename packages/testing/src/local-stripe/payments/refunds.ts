import { amountStep, readableAmount } from '@ticketing/types/currency';
import { ApiError, indivisible } from '../api-error.ts';
import { now, type Books, type Charge, type Metadata, type Refund, type RefundStatus } from '../books.ts';
import { stripeId } from '../ids.ts';
import type { Emit } from './payment-intents.ts';
import type { RefundFate, RefundFates } from './refund-fates.ts';

/**
 * Refunds a charge, all that is left of it unless an amount is given. `fates` says what becomes of it at first.
 *
 * @throws 400 `charge_already_refunded` when nothing is left, 400 `charge_disputed` when the money was taken back
 * already, 400 with param `amount` when less is left than asked for.
 */
export function createRefund(
  books: Books,
  emit: Emit,
  charge: Charge,
  given: { amount: number | undefined; reason: string | null; metadata: Metadata },
  fates: RefundFates,
): Refund {
  const amount = checkRefundable(books, charge, given.amount);
  const refund: Refund = {
    id: stripeId(charge.id.startsWith('py_') ? 'pyr' : 're'),
    object: 'refund',
    amount,
    charge: charge.id,
    created: now(),
    currency: charge.currency,
    // Only what was given: neither the intent's nor the charge's is copied to a refund.
    metadata: given.metadata,
    payment_intent: charge.payment_intent,
    reason: given.reason,
    status: 'pending',
  };
  setStatus(refund, fates.next());
  books.refunds.set(refund.id, refund);
  emit('refund.created', refund);
  if (counts(refund.status)) {
    addRefunded(charge, amount);
    emit('charge.refunded', charge);
  }
  emit('refund.updated', refund);
  if (refund.status === 'failed') emit('refund.failed', refund);
  if (!counts(refund.status)) emit('charge.refund.updated', refund);
  return refund;
}

/**
 * What becomes of a refund later. When it fails or is canceled, the money counts as not refunded any more.
 *
 * @throws 400 for a change that Stripe never makes: away from `failed` or `canceled`, or back from `succeeded` to
 * waiting (https://docs.stripe.com/api/refunds/object#refund_object-status).
 */
export function changeRefund(books: Books, emit: Emit, refund: Refund, fate: RefundFate): void {
  if (!nextStatuses[refund.status].includes(fate.status)) {
    throw refused({ message: `A refund that is ${refund.status} never becomes ${fate.status}.` });
  }
  const charge = books.charges.get(refund.charge);
  if (charge && counts(refund.status) && !counts(fate.status)) addRefunded(charge, -refund.amount);
  setStatus(refund, fate);
  emit('refund.updated', refund);
  if (refund.status === 'failed') emit('refund.failed', refund);
  emit('charge.refund.updated', refund);
}

const nextStatuses: Record<RefundStatus, readonly RefundStatus[]> = {
  pending: ['requires_action', 'succeeded', 'failed', 'canceled'],
  requires_action: ['pending', 'succeeded', 'failed', 'canceled'],
  // Days later the buyer's bank may send it back; right after, it may be canceled in the dashboard.
  succeeded: ['failed', 'canceled'],
  failed: [],
  canceled: [],
};

/** The amount to refund. */
function checkRefundable(books: Books, charge: Charge, asked: number | undefined): number {
  const left = charge.amount - charge.amount_refunded;
  if (left === 0) {
    throw refused({ code: 'charge_already_refunded', message: `Charge ${charge.id} has already been refunded.` });
  }
  const disputes = [...books.disputes.values()].filter((dispute) => dispute.charge === charge.id);
  if (disputes.some((dispute) => !dispute.is_charge_refundable)) {
    const message = `Charge ${charge.id} has been charged back; cannot issue a refund.`;
    throw refused({ code: 'charge_disputed', message });
  }
  const amount = asked ?? left;
  const currency = charge.currency.toUpperCase();
  const step = amountStep(currency);
  if (amount % step !== 0) throw indivisible(currency, step);
  if (amount > left) {
    const written = (minor: number) => readableAmount(minor, currency);
    // Stripe gives no code with it.
    const message = `Refund amount (${written(amount)}) is greater than unrefunded amount on charge (${written(left)})`;
    throw refused({ message, param: 'amount' });
  }
  return amount;
}

/** What waits is taken off the charge as well: it cannot be refunded a second time. */
function counts(status: RefundStatus): boolean {
  return status !== 'failed' && status !== 'canceled';
}

function addRefunded(charge: Charge, amount: number): void {
  charge.amount_refunded += amount;
  charge.refunded = charge.amount_refunded === charge.amount;
}

function setStatus(refund: Refund, { status, failureReason = 'unknown' }: RefundFate): void {
  refund.status = status;
  if (status === 'failed') refund.failure_reason = failureReason;
}

function refused(body: { code?: string; message: string; param?: string }): ApiError {
  return new ApiError(400, { type: 'invalid_request_error', ...body });
}
