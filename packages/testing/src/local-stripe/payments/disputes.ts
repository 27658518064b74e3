import { badParameter } from '../api-error.ts';
import { now, type Books, type Charge, type Dispute, type DisputeStatus } from '../books.ts';
import { stripeId } from '../ids.ts';
import type { Emit } from './payment-intents.ts';

export interface NewDispute {
  /** `needs_response` when not given. */
  status?: DisputeStatus | undefined;
  /** `fraudulent` when not given. */
  reason?: string | undefined;
  /** The whole charge when not given. */
  amount?: number | undefined;
}

const RESPONSE_DAYS = 7;

/**
 * The buyer's bank asks for the money back (https://docs.stripe.com/disputes/how-disputes-work), or with a `warning_…`
 * only asks. As with Stripe, a dispute knows its charge and payment intent, and has no metadata of theirs.
 *
 * @throws 400 for a charge that did not succeed, or an amount that is not of it.
 */
export function openDispute(books: Books, emit: Emit, charge: Charge, given: NewDispute): Dispute {
  const { status = 'needs_response', reason = 'fraudulent', amount = charge.amount } = given;
  if (charge.status !== 'succeeded') {
    throw badParameter('charge_not_succeeded', 'charge', `Charge ${charge.id} is ${charge.status}.`);
  }
  if (amount < 1 || amount > charge.amount) {
    throw badParameter('parameter_invalid', 'amount', `amount must be from 1 to ${charge.amount}.`);
  }
  const dispute: Dispute = {
    id: stripeId('du'),
    object: 'dispute',
    amount,
    balance_transactions: [],
    charge: charge.id,
    created: now(),
    currency: charge.currency,
    evidence_details: { due_by: null, has_evidence: false, past_due: false, submission_count: 0 },
    is_charge_refundable: true,
    livemode: false,
    metadata: {},
    payment_intent: charge.payment_intent,
    reason,
    status,
  };
  books.disputes.set(dispute.id, dispute);
  charge.disputed = true;
  const moved = applyStatus(dispute, status);
  emit('charge.dispute.created', dispute);
  if (moved !== undefined) emit(moved, dispute);
  if (isClosed(status)) emit('charge.dispute.closed', dispute);
  return dispute;
}

/**
 * What becomes of a dispute. The money goes when an inquiry becomes a dispute, and comes back when it is won.
 *
 * @throws 400 when it has that status already.
 */
export function changeDispute(emit: Emit, dispute: Dispute, status: DisputeStatus): void {
  if (dispute.status === status) {
    throw badParameter('parameter_invalid', 'status', `Dispute ${dispute.id} is ${status} already.`);
  }
  const moved = applyStatus(dispute, status);
  emit(isClosed(status) ? 'charge.dispute.closed' : 'charge.dispute.updated', dispute);
  if (moved !== undefined) emit(moved, dispute);
}

/** Sets the status and all that follows from it. Returns the event for money that moved. */
function applyStatus(
  dispute: Dispute,
  status: DisputeStatus,
): 'charge.dispute.funds_withdrawn' | 'charge.dispute.funds_reinstated' | undefined {
  dispute.status = status;
  dispute.is_charge_refundable = status.startsWith('warning_') || status === 'won';
  dispute.evidence_details.due_by = status.endsWith('needs_response') ? now() + RESPONSE_DAYS * 86_400 : null;
  const taken = dispute.balance_transactions.reduce((sum, { amount }) => sum - amount, 0);
  const toTake = dispute.is_charge_refundable ? 0 : dispute.amount;
  if (taken === toTake) return undefined;
  const { currency } = dispute;
  const amount = taken - toTake;
  dispute.balance_transactions.push({ id: stripeId('txn'), object: 'balance_transaction', amount, currency });
  return amount < 0 ? 'charge.dispute.funds_withdrawn' : 'charge.dispute.funds_reinstated';
}

function isClosed(status: DisputeStatus): boolean {
  return ['warning_closed', 'won', 'lost', 'prevented'].includes(status);
}
