import type { RefundReason } from '@ticketing/types/order';
import type { PaymentOutcome } from '@ticketing/types/payment-outcome';
import {
  followMoney,
  intentKey,
  moveSeats,
  refundsOf,
  refundState,
  requestRefund,
  settleRefund,
} from './refund-rules.ts';
import { available } from './stock.ts';
import { newTickets } from './tickets.ts';
import type { Ledger, Settled, SettlingOrder } from './settling.ts';

/** Decides one outcome and applies it to the ledger. Pure but for that, and for the random ticket codes. */
export function decideSettlement(outcome: PaymentOutcome, ledger: Ledger): Settled {
  const order = ledger.orders.get(outcome.orderId);
  if (!order) return settleUnknown(outcome, ledger);
  switch (outcome.type) {
    case 'payment.succeeded':
      return settleSuccess(outcome, order, ledger);
    case 'payment.failed':
      return settleFailure(outcome, order, ledger);
    case 'payment.refunded':
      return settleRefund(outcome, order, ledger);
    case 'payment.disputed':
      return { kind: 'noted', orderId: order.id, what: `dispute ${outcome.detail ?? 'opened'}` };
  }
}

/** A person who sent the money back need not see what is reported about that, unless it did not arrive. */
function settleUnknown(outcome: PaymentOutcome, { sentBack }: Ledger): Settled {
  const { orderId, type, detail } = outcome;
  const isExpected = type === 'payment.refunded' && refundState(detail) !== 'failed';
  if (isExpected && sentBack.has(intentKey(outcome))) {
    return { kind: 'noted', orderId, what: 'refund of a payment without an order' };
  }
  return { kind: 'rejected', orderId, reason: 'unknown-order' };
}

function settleSuccess(outcome: PaymentOutcome, order: SettlingOrder, ledger: Ledger): Settled {
  const { paymentIntentId: intentId } = outcome;
  // Whatever comes of it: nothing is left to wait for, so nobody asks about this payment any more.
  ledger.payments.set(intentKey(outcome), { orderId: order.id, intentId, status: 'succeeded' });
  if (order.paidIntentId === intentId) return { kind: 'duplicate', orderId: order.id };
  if (outcome.amount !== order.total || outcome.currency !== order.currency) {
    const expected = { amountMinor: order.total, currency: order.currency };
    const reported = { amountMinor: outcome.amount, currency: outcome.currency };
    return { kind: 'rejected', orderId: order.id, reason: 'amount-mismatch', expected, reported };
  }
  // Its money goes back already, so its success was settled before; refunds by hand may be reported before it.
  const isSettled = refundsOf(ledger, outcome).some(({ reason }) => reason !== 'at-provider');
  if (isSettled) return { kind: 'duplicate', orderId: order.id };
  switch (order.status) {
    case 'pending':
    case 'expired':
    case 'cancelled':
      return settleFirstPayment(outcome, order, ledger);
    case 'paid':
    case 'refunding':
    case 'refunded':
      // A second intent of the same order succeeded as well.
      return giveBack(outcome, order, 'paid-twice', ledger);
  }
}

function settleFirstPayment(outcome: PaymentOutcome, order: SettlingOrder, ledger: Ledger): Settled {
  const wasHeld = order.status === 'pending';
  order.paidIntentId = outcome.paymentIntentId;
  if (isBackAlready(outcome, order, ledger)) {
    if (wasHeld) moveSeats(order, { held: -1, sold: 0 }, ledger);
    order.status = 'refunding';
    order.refundReason = 'at-provider';
    followMoney(order, ledger);
    return { kind: 'refunded', orderId: order.id };
  }
  const obstacle = whyNoTickets(outcome, order, wasHeld, ledger);
  if (obstacle) {
    if (wasHeld) moveSeats(order, { held: -1, sold: 0 }, ledger);
    order.status = 'refunding';
    order.refundReason = obstacle;
    return giveBack(outcome, order, obstacle, ledger);
  }
  // Late payment: the seats are taken again, since they are still there.
  moveSeats(order, { held: wasHeld ? -1 : 0, sold: 1 }, ledger);
  order.status = 'paid';
  const tickets = newTickets(order.id, order.lines);
  ledger.tickets.push(...tickets);
  return { kind: wasHeld ? 'paid' : 'reacquired', orderId: order.id, ticketIds: tickets.map(({ id }) => id) };
}

/** The report of success came after all of the money had gone back by hand: reports arrive in any order. */
function isBackAlready(outcome: PaymentOutcome, order: SettlingOrder, ledger: Ledger): boolean {
  const back = refundsOf(ledger, outcome).filter(({ status }) => status === 'succeeded');
  return back.reduce((sum, { amount }) => sum + amount, 0) >= order.total;
}

function whyNoTickets(
  { occurredAt }: PaymentOutcome,
  order: SettlingOrder,
  wasHeld: boolean,
  { sellable, stock, moves, now }: Ledger,
): RefundReason | undefined {
  for (const { ticketTypeId, quantity } of order.lines) {
    const ticketType = sellable.get(ticketTypeId);
    if (ticketType?.eventStatus === 'cancelled') return 'event-cancelled';
    // A debit may take days: what counts for a hold that waited for it is when the money came, not when we heard of it.
    if (wasHeld && (!ticketType || ticketType.eventEndsAt > new Date(occurredAt))) continue;
    if (!ticketType || ticketType.eventEndsAt <= now) return 'event-over';
    if (wasHeld) continue;
    const before = stock.get(ticketTypeId) ?? { held: 0, sold: 0 };
    const moved = moves.get(ticketTypeId) ?? { held: 0, sold: 0 };
    const left = available(ticketType.capacity, { held: before.held + moved.held, sold: before.sold + moved.sold });
    if (left < quantity) return 'sold-out';
  }
  return undefined;
}

function giveBack(outcome: PaymentOutcome, order: SettlingOrder, reason: RefundReason, ledger: Ledger): Settled {
  const refund = requestRefund(ledger, outcome, reason);
  // All of it went back by hand, or is on its way.
  if (!refund && reason === 'paid-twice') return { kind: 'duplicate', orderId: order.id };
  return { kind: 'refund-due', orderId: order.id, reason };
}

function settleFailure(outcome: PaymentOutcome, order: SettlingOrder, ledger: Ledger): Settled {
  const isCancelled = outcome.detail === 'canceled';
  const key = intentKey(outcome);
  if (ledger.payments.get(key)?.status !== 'succeeded') {
    const status = isCancelled ? 'cancelled' : 'failed';
    ledger.payments.set(key, { orderId: order.id, intentId: outcome.paymentIntentId, status });
  }
  return { kind: 'noted', orderId: order.id, what: isCancelled ? 'payment cancelled' : 'payment failed' };
}
