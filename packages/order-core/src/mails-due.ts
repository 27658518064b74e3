import type { RefundReason } from '@ticketing/types/order';
import type { Effect } from './outbox.ts';
import { refundsOf } from './refund-rules.ts';
import type { Ledger, Settled, SettlingOrder, SettlingRefund } from './settling.ts';

/** Whom to write to after a batch was settled: those who got tickets, whose money goes back, or is back. */
export function mailsDue(
  results: Iterable<Settled>,
  { refunds, orders }: Pick<Ledger, 'refunds' | 'orders'>,
  before: ReadonlyMap<string, Pick<SettlingOrder, 'status'>>,
): Effect[] {
  const mails: Effect[] = [];
  for (const { kind, orderId } of results) {
    if (kind === 'paid' || kind === 'reacquired') mails.push(ticketsMail(orderId));
  }
  for (const refund of [...refunds.values()].flat()) {
    const mail = refundMail(refund);
    if (mail) mails.push(mail);
  }
  for (const order of orders.values()) {
    const isNew = order.status === 'refunded' && before.get(order.id)?.status !== 'refunded';
    if (isNew && isBackByHand(order, refunds)) mails.push(refundedByHand(order));
  }
  return mails;
}

/** Tells the buyer what they got. */
export function ticketsMail(orderId: string): Effect {
  return { kind: 'mail', mail: 'tickets', orderId };
}

/** What a refund's new state is to be told by, if by anything: when it is asked for, or when the money is back. */
function refundMail({ id, orderId, paymentIntentId, reason, change, reached }: SettlingRefund): Effect | undefined {
  const about = { kind: 'mail', orderId, intentId: paymentIntentId } as const;
  switch (reason) {
    case 'event-cancelled':
      // An event is cancelled once, however many payments of the order there were.
      return change === 'new' ? { kind: 'mail', mail: 'event-cancelled', orderId, waitsForRefund: true } : undefined;
    case 'sold-out':
    case 'event-over':
      // They wait for tickets that will not come: better told before the money is back.
      return change === 'new' ? { ...about, mail: 'payment-late', waitsForRefund: true } : undefined;
    case 'requested':
    case 'paid-twice':
      return reached === 'succeeded' ? { ...about, mail: 'refunded', refundId: id } : undefined;
    case 'at-provider':
      return undefined;
  }
}

/** Told before the money is back, so not again when it is. */
const TOLD_BEFORE: ReadonlySet<RefundReason | null> = new Set(['event-cancelled', 'sold-out', 'event-over']);

/** All of an order's money went back by refunds that nobody here asked for: one of ours is told of by itself. */
function isBackByHand({ id, paidIntentId, refundReason }: SettlingOrder, refunds: Ledger['refunds']): boolean {
  const payment = { orderId: id, paymentIntentId: paidIntentId ?? '' };
  const isTold = refundsOf({ refunds }, payment).some(
    ({ reason, status }) => reason !== 'at-provider' && status === 'succeeded',
  );
  return !isTold && !TOLD_BEFORE.has(refundReason);
}

function refundedByHand({ id, paidIntentId }: SettlingOrder): Effect {
  return { kind: 'mail', mail: 'refunded', orderId: id, ...(paidIntentId !== null && { intentId: paidIntentId }) };
}
