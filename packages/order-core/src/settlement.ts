import type { RefundReason } from '@ticketing/types/order';
import type { PaymentOutcome } from '@ticketing/types/payment-outcome';
import type { Catalogue } from './sellable.ts';
import { addMove, available, type Stock, type StockMoves } from './stock.ts';
import { newTickets, type NewTicket } from './tickets.ts';

/** What a reported payment outcome came to. */
export type Settled =
  | { kind: 'paid' | 'reacquired'; orderId: string; ticketIds: string[] }
  /** This report, or another one of the same payment, was settled before. */
  | { kind: 'duplicate'; orderId: string }
  /** The money goes back: a refund was recorded and will be carried out. */
  | { kind: 'refund-due'; orderId: string; reason: RefundReason }
  | { kind: 'refunded'; orderId: string }
  /** Recorded, without consequences for the order. */
  | { kind: 'noted'; orderId: string; what: string }
  /** Can never settle; kept with its reason for a person to look at. */
  | { kind: 'rejected'; orderId: string; reason: 'unknown-order' | 'amount-mismatch' | 'malformed' };

export type OrderState = 'pending' | 'paid' | 'expired' | 'cancelled' | 'refunding' | 'refunded';

/** An order as it is locked for settling. Deciding changes it; what differs in the end is written. */
export interface SettlingOrder {
  id: string;
  eventId: string;
  status: OrderState;
  total: number;
  currency: string;
  paidIntentId: string | null;
  refundReason: RefundReason | null;
  lines: { ticketTypeId: string; quantity: number }[];
}

export interface SettlingRefund {
  paymentIntentId: string;
  orderId: string;
  amount: number;
  currency: string;
  reason: RefundReason;
  status: 'requested' | 'succeeded' | 'failed';
}

export type PaymentState = 'failed' | 'succeeded' | 'cancelled';

/** What deciding reads and changes, gathered over a batch. */
export interface Ledger extends Catalogue {
  orders: Map<string, SettlingOrder>;
  /** By `intentKey`. */
  refunds: Map<string, SettlingRefund>;
  stock: Map<string, Stock>;
  moves: StockMoves;
  tickets: NewTicket[];
  /** Orders whose tickets become worthless. */
  voided: Set<string>;
  /** By `intentKey`. */
  payments: Map<string, { orderId: string; intentId: string; status: PaymentState }>;
}

/** Orders and intents come in pairs: nothing here relies on a provider's ids being unique over orders. */
export function intentKey({ orderId, paymentIntentId }: { orderId: string; paymentIntentId: string }): string {
  return `${orderId} ${paymentIntentId}`;
}

/** Decides one outcome and applies it to the ledger. Pure but for that, and for the random ticket codes. */
export function decideSettlement(outcome: PaymentOutcome, ledger: Ledger): Settled {
  const order = ledger.orders.get(outcome.orderId);
  if (!order) return { kind: 'rejected', orderId: outcome.orderId, reason: 'unknown-order' };
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

function settleSuccess(outcome: PaymentOutcome, order: SettlingOrder, ledger: Ledger): Settled {
  const { paymentIntentId: intentId } = outcome;
  if (order.paidIntentId === intentId) return { kind: 'duplicate', orderId: order.id };
  const refund = ledger.refunds.get(intentKey(outcome));
  if (refund) return settleAfterRefund(refund, order, ledger);
  // Also when it is rejected: nothing is left to wait for, so the hold can end.
  ledger.payments.set(intentKey(outcome), { orderId: order.id, intentId, status: 'succeeded' });
  if (outcome.amount !== order.total || outcome.currency !== order.currency) {
    return { kind: 'rejected', orderId: order.id, reason: 'amount-mismatch' };
  }
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
  const obstacle = whyNoTickets(order, wasHeld, ledger);
  order.paidIntentId = outcome.paymentIntentId;
  if (obstacle) {
    if (wasHeld) move(order, { held: -1, sold: 0 }, ledger);
    order.status = 'refunding';
    order.refundReason = obstacle;
    return giveBack(outcome, order, obstacle, ledger);
  }
  // Late payment: the seats are taken again, since they are still there.
  move(order, { held: wasHeld ? -1 : 0, sold: 1 }, ledger);
  order.status = 'paid';
  const tickets = newTickets(order.id, order.lines);
  ledger.tickets.push(...tickets);
  return { kind: wasHeld ? 'paid' : 'reacquired', orderId: order.id, ticketIds: tickets.map(({ id }) => id) };
}

function whyNoTickets(
  order: SettlingOrder,
  wasHeld: boolean,
  { sellable, stock, moves, now }: Ledger,
): RefundReason | undefined {
  for (const { ticketTypeId, quantity } of order.lines) {
    const ticketType = sellable.get(ticketTypeId);
    if (ticketType?.eventStatus === 'cancelled') return 'event-cancelled';
    if (wasHeld) continue;
    if (!ticketType || ticketType.eventEndsAt <= now) return 'event-over';
    const before = stock.get(ticketTypeId) ?? { held: 0, sold: 0 };
    const moved = moves.get(ticketTypeId) ?? { held: 0, sold: 0 };
    const left = available(ticketType.capacity, { held: before.held + moved.held, sold: before.sold + moved.sold });
    if (left < quantity) return 'sold-out';
  }
  return undefined;
}

function giveBack(outcome: PaymentOutcome, order: SettlingOrder, reason: RefundReason, ledger: Ledger): Settled {
  const { paymentIntentId, amount, currency } = outcome;
  ledger.refunds.set(intentKey(outcome), {
    paymentIntentId,
    orderId: order.id,
    amount,
    currency,
    reason,
    status: 'requested',
  });
  return { kind: 'refund-due', orderId: order.id, reason };
}

/** The report of success came after the money had gone back already: reports arrive in any order. */
function settleAfterRefund(refund: SettlingRefund, order: SettlingOrder, ledger: Ledger): Settled {
  if (refund.status !== 'succeeded' || !isOpenForPayment(order)) return { kind: 'duplicate', orderId: order.id };
  if (order.status === 'pending') move(order, { held: -1, sold: 0 }, ledger);
  order.status = 'refunded';
  order.paidIntentId = refund.paymentIntentId;
  order.refundReason = refund.reason;
  return { kind: 'refunded', orderId: order.id };
}

function isOpenForPayment({ status }: SettlingOrder): boolean {
  return status === 'pending' || status === 'expired' || status === 'cancelled';
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

function settleRefund(outcome: PaymentOutcome, order: SettlingOrder, ledger: Ledger): Settled {
  const { paymentIntentId, amount, currency, detail } = outcome;
  const key = intentKey(outcome);
  const known = ledger.refunds.get(key);
  if (detail === 'failed') {
    if (known?.status === 'requested') ledger.refunds.set(key, { ...known, status: 'failed' });
    return { kind: 'noted', orderId: order.id, what: 'refund failed' };
  }
  if (detail === 'pending') return { kind: 'noted', orderId: order.id, what: 'refund pending' };
  if (amount < order.total) return { kind: 'noted', orderId: order.id, what: 'refunded in part' };
  if (known?.status === 'succeeded') return { kind: 'duplicate', orderId: order.id };
  const reason = known?.reason ?? 'at-provider';
  ledger.refunds.set(key, {
    paymentIntentId,
    orderId: order.id,
    amount,
    currency,
    reason,
    status: 'succeeded',
  });
  if (order.paidIntentId !== paymentIntentId) {
    return { kind: 'noted', orderId: order.id, what: 'refund of a payment that bought nothing' };
  }
  if (order.status === 'paid') {
    // Refunded by hand at the provider: the tickets go with the money.
    move(order, { held: 0, sold: -1 }, ledger);
    ledger.voided.add(order.id);
    order.refundReason = reason;
  }
  order.status = 'refunded';
  return { kind: 'refunded', orderId: order.id };
}

function move(order: SettlingOrder, each: Stock, ledger: Ledger): void {
  for (const { ticketTypeId, quantity } of order.lines) {
    addMove(ledger.moves, ticketTypeId, { held: each.held * quantity, sold: each.sold * quantity });
  }
}
