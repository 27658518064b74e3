import type { OrdersDatabase } from '@ticketing/order-core/database';
import { claimOpenPayments, claimPendingRefunds } from '@ticketing/order-core/unconfirmed';
import type { Logger } from '@ticketing/service-kit/log';
import type { PaymentOutcome } from '@ticketing/types/payment-outcome';
import type { StripeAccess } from './stripe-access.ts';
import { readIntent } from './stripe-intent.ts';
import { readRefunds } from './stripe-refund.ts';
import type { Settled } from '@ticketing/order-core/settling';

export interface ReconcileOptions extends StripeAccess {
  db: OrdersDatabase;
  settle: (outcome: PaymentOutcome) => Promise<Settled>;
  /** Told of each that was settled, and had not been by its webhook. */
  onSettledByAsking?: () => void;
  log: Logger;
  /** Payments and refunds that nothing was heard of for this long. */
  olderThanSeconds: number;
  /** Most payments, and most refunds, that are asked about in one call. */
  limit: number;
}

/** What reconciling found: how many were asked about, what could not be, and what was settled by it. */
export interface Reconciled {
  asked: number;
  failed: number;
  settled: Settled[];
}

/**
 * Asks Stripe about payments that were started and about refunds under way, of which nothing was heard for a while, and
 * settles what Stripe says: a webhook that never came leaves no order stuck. Safe beside webhooks, workers and itself.
 */
export async function reconcile(options: ReconcileOptions): Promise<Reconciled> {
  const { db, olderThanSeconds, limit, log } = options;
  const result: Reconciled = { asked: 0, failed: 0, settled: [] };
  const ask = async (what: { orderId: string; intentId: string }, answer: Promise<PaymentOutcome[]>) => {
    result.asked++;
    try {
      for (const outcome of await answer) {
        const settled = await options.settle(outcome);
        // Parts of a refund that were known before are no news.
        if (settled.kind === 'duplicate' && outcome.type === 'payment.refunded') continue;
        result.settled.push(settled);
        if (settled.kind !== 'duplicate') options.onSettledByAsking?.();
        log.info({ ...settled, intentId: what.intentId }, 'settled by asking Stripe, without its webhook');
      }
    } catch (error) {
      result.failed++;
      log.warn({ err: error, ...what }, 'Stripe could not be asked about a payment');
    }
  };
  // One after the other: Stripe's allowance is for buyers first.
  for (const payment of await claimOpenPayments(db.pool, olderThanSeconds, limit)) {
    await ask(
      payment,
      readIntent(options, payment).then((outcome) => (outcome ? [outcome] : [])),
    );
  }
  for (const payment of await claimPendingRefunds(db.pool, olderThanSeconds, limit)) {
    await ask(payment, readRefunds(options, payment));
  }
  return result;
}
