import type { RefundReason } from '@ticketing/types/order';
import type { PaymentOutcome } from '@ticketing/types/payment-outcome';
import { v7 as uuidv7 } from 'uuid';
import { addMove, type Stock } from './stock.ts';
import type { Ledger, RefundState, Settled, SettlingOrder, SettlingRefund } from './settling.ts';

/** Orders and intents come in pairs: nothing here relies on a provider's ids being unique over orders. */
export function intentKey({ orderId, paymentIntentId }: { orderId: string; paymentIntentId: string }): string {
  return `${orderId} ${paymentIntentId}`;
}

/** The refunds of one payment, the oldest first. */
export function refundsOf(ledger: Pick<Ledger, 'refunds'>, payment: Parameters<typeof intentKey>[0]): SettlingRefund[] {
  return ledger.refunds.get(intentKey(payment)) ?? [];
}

/** What has gone back of a payment, is on its way, or is to go: all but what failed. In minor units. */
export function sentBack(refunds: SettlingRefund[]): number {
  return sum(refunds.filter(({ status }) => status !== 'failed'));
}

/** Adds a refund that we want; nothing if nothing is left to give back. The caller writes it, and the job for it. */
export function requestRefund(
  ledger: Pick<Ledger, 'refunds'>,
  payment: { orderId: string; paymentIntentId: string; amount: number; currency: string },
  reason: RefundReason,
): SettlingRefund | undefined {
  const { orderId, paymentIntentId, currency } = payment;
  const refunds = refundsOf(ledger, payment);
  const amount = payment.amount - sentBack(refunds);
  if (amount <= 0) return undefined;
  const refund: SettlingRefund = {
    ...{ id: uuidv7(), orderId, paymentIntentId, providerRefundId: null, formerProviderRefundIds: [] },
    ...{ amount, currency, reason, status: 'requested', change: 'new' },
  };
  ledger.refunds.set(intentKey(payment), [...refunds, refund]);
  return refund;
}

/** What is reported of a refund at the provider. */
type ReportedState = Extract<RefundState, 'pending' | 'succeeded' | 'failed'>;

/**
 * What a refund's status at Stripe means (https://docs.stripe.com/api/refunds/object#refund_object-status). Only words
 * that are known to mean success mean success; undefined for one that we do not know.
 */
export function refundState(status = ''): ReportedState | undefined {
  switch (status) {
    case 'succeeded':
      return 'succeeded';
    case 'failed':
    case 'canceled':
      return 'failed';
    case 'pending':
    case 'requires_action':
      return 'pending';
    default:
      return undefined;
  }
}

/** Settles what was reported about a refund, by us or by hand. Reports may come in any order, and more than once. */
export function settleRefund(outcome: PaymentOutcome, order: SettlingOrder, ledger: Ledger): Settled {
  const noted = (what: string): Settled => ({ kind: 'noted', orderId: order.id, what });
  const { refundId } = outcome;
  if (refundId === undefined) {
    // The sum of several refunds, or a report by the release before: which refunds there are says the provider.
    ledger.refundsToRead.push(outcome);
    return noted('the refunds of the payment are asked for');
  }
  const state = refundState(outcome.detail);
  if (!state) {
    const what = `a refund is in the state "${outcome.detail ?? ''}", which is not known here`;
    return { kind: 'unrecognized', orderId: order.id, what };
  }
  const refund = matchRefund({ ...outcome, refundId }, state, order, ledger);
  if (refund === 'former') return noted('an earlier attempt of a refund');
  if (refund.status === 'settled-elsewhere') {
    if (state !== 'succeeded') return noted(`refund ${state}`);
    return { kind: 'unrecognized', orderId: order.id, what: 'a refund succeeded that was settled elsewhere' };
  }
  const isKnown = RANK[refund.status] >= RANK[state];
  if (!isKnown) setState(refund, state);
  const before = order.status;
  if (order.paidIntentId === outcome.paymentIntentId) followMoney(order, ledger);
  if (order.status === 'refunded' && before !== 'refunded') return { kind: 'refunded', orderId: order.id };
  return isKnown ? { kind: 'duplicate', orderId: order.id } : noted(`refund ${state}`);
}

/** Reports come in any order: a refund that failed had succeeded or was pending before, never the other way round. */
export const RANK: Record<RefundState, number> = {
  requested: 0,
  pending: 1,
  succeeded: 2,
  failed: 3,
  'settled-elsewhere': 4,
};

export function setState(refund: SettlingRefund, status: RefundState): void {
  refund.status = status;
  refund.reached = status;
  refund.change ??= 'updated';
}

/**
 * The refund that a report is about; one that nobody here asked for is made by hand, and booked as what it is. `former`: an
 * attempt at the provider that another has followed.
 */
function matchRefund(
  outcome: PaymentOutcome & { refundId: string },
  state: ReportedState,
  order: SettlingOrder,
  ledger: Ledger,
): SettlingRefund | 'former' {
  const { refundId, refundRequestId, amount, currency } = outcome;
  const refunds = refundsOf(ledger, outcome);
  const known = refunds.find(({ providerRefundId }) => providerRefundId === refundId);
  if (known) return known;
  if (refunds.some(({ formerProviderRefundIds }) => formerProviderRefundIds.includes(refundId))) return 'former';
  // What we want, and what the release before says is done, without saying which refund of the provider's it was.
  const unidentified = refunds.filter(
    ({ status, providerRefundId }) => providerRefundId === null && (status === 'requested' || status === 'succeeded'),
  );
  const assign = (refund: SettlingRefund) => {
    refund.providerRefundId = refundId;
    // What is really sent back.
    refund.amount = amount;
    refund.change ??= 'updated';
    return refund;
  };
  const ours = refunds.find(({ id }) => id === refundRequestId);
  if (ours && unidentified.includes(ours)) return assign(ours);
  if (ours?.status === 'settled-elsewhere') return ours;
  if (ours && state === 'failed') {
    // Of two attempts whose answers crossed, the one that came to nothing.
    ours.formerProviderRefundIds.push(refundId);
    ours.change ??= 'updated';
    return 'former';
  }
  if (ours?.status === 'failed') {
    reopen(ours);
    return assign(ours);
  }
  // Refunds of the release before carry no id of ours.
  // One that failed moved nothing: what is still to be asked for is asked for.
  const candidates = unidentified.filter(({ status }) => state !== 'failed' || status === 'succeeded');
  const alike = refundRequestId === undefined && candidates.find((refund) => refund.amount === amount);
  if (alike) return assign(alike);
  const [next] = candidates;
  if (!ours && next) {
    const left = order.total - sentBack(refunds.filter((refund) => refund !== next)) - amount;
    // Nothing is left for ours to do: the one by hand takes its place.
    if (left <= 0) return assign(next);
    if (left < next.amount) Object.assign(next, { amount: left, change: next.change ?? 'updated' });
  }
  const other: SettlingRefund = {
    ...{ id: uuidv7(), orderId: order.id, paymentIntentId: outcome.paymentIntentId, providerRefundId: refundId },
    ...{ formerProviderRefundIds: [], amount, currency, reason: ours?.reason ?? 'at-provider' },
    ...{ status: 'requested', change: 'new' },
  };
  ledger.refunds.set(intentKey(outcome), [...refunds, other]);
  return other;
}

/** Makes a refund wanted anew: another one at the provider takes the place of that before, whose reports count no more. */
export function reopen(refund: SettlingRefund): void {
  if (refund.providerRefundId !== null) refund.formerProviderRefundIds.push(refund.providerRefundId);
  refund.providerRefundId = null;
  setState(refund, 'requested');
}

/** Brings an order in step with the money of its payment that is really back. */
export function followMoney(order: SettlingOrder, ledger: Ledger): void {
  const refunds = refundsOf(ledger, { orderId: order.id, paymentIntentId: order.paidIntentId ?? '' });
  const back = sum(refunds.filter(({ status }) => status === 'succeeded' || status === 'settled-elsewhere'));
  if (back < order.total) {
    if (order.status === 'refunded') order.status = 'refunding';
    return;
  }
  if (order.status === 'paid') {
    // Refunded by hand at the provider: the tickets go with the money.
    moveSeats(order, { held: 0, sold: -1 }, ledger);
    ledger.voided.add(order.id);
    order.refundReason = refunds.find(({ reason }) => reason !== 'at-provider')?.reason ?? 'at-provider';
  }
  if (order.status === 'paid' || order.status === 'refunding') order.status = 'refunded';
}

/** Changes the stock of each seat of an order. */
export function moveSeats(order: SettlingOrder, each: Stock, ledger: Pick<Ledger, 'moves'>): void {
  for (const { ticketTypeId, quantity } of order.lines) {
    addMove(ledger.moves, ticketTypeId, { held: each.held * quantity, sold: each.sold * quantity });
  }
}

function sum(refunds: SettlingRefund[]): number {
  return refunds.reduce((total, { amount }) => total + amount, 0);
}
