import type { RefundReason } from '@ticketing/types/order';
import type { Effect, MailOccasion } from './outbox.ts';
import type { Ledger, Settled } from './settlement.ts';

/** Whom to write to after a batch was settled: those who got tickets, whose money goes back, or is back. */
export function mailsDue(results: Iterable<Settled>, { refunds }: Pick<Ledger, 'refunds'>): Effect[] {
  const mails: Effect[] = [];
  for (const { kind, orderId } of results) {
    if (kind === 'paid' || kind === 'reacquired') mails.push(ticketsMail(orderId));
  }
  for (const { orderId, paymentIntentId: intentId, reason, status } of refunds.values()) {
    if (status === 'failed') continue;
    const { mail, when } = mailOfRefund(reason);
    if (status !== when) continue;
    // An event is cancelled once, however many payments of the order there were.
    mails.push({ kind: 'mail', mail, orderId, ...(mail !== 'event-cancelled' && { intentId }) });
  }
  return mails;
}

/** Tells the buyer what they got. */
export function ticketsMail(orderId: string): Effect {
  return { kind: 'mail', mail: 'tickets', orderId };
}

/** Which mail goes with a refund, and whether it is sent when the money is on its way or when it is back: one of them. */
function mailOfRefund(reason: RefundReason): { mail: MailOccasion; when: 'requested' | 'succeeded' } {
  switch (reason) {
    case 'event-cancelled':
      return { mail: 'event-cancelled', when: 'requested' };
    case 'sold-out':
    case 'event-over':
      // They wait for tickets that will not come: better told at once.
      return { mail: 'payment-late', when: 'requested' };
    case 'requested':
    case 'paid-twice':
    case 'at-provider':
      return { mail: 'refunded', when: 'succeeded' };
  }
}
