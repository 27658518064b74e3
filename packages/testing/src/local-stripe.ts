import { ApiError } from './local-stripe/api-error.ts';
import {
  emptyBooks,
  type Charge,
  type Dispute,
  type DisputeStatus,
  type PaymentIntent,
  type Refund,
  type RefundStatus,
} from './local-stripe/books.ts';
import { buyerAndBank } from './local-stripe/buyer-and-bank.ts';
import { defaultDelivery, deliverer, type DeliverySettings } from './local-stripe/delivery.ts';
import { eventLog, type Envelope, type LoggedEvent, type StripeEvent } from './local-stripe/event-log.ts';
import { faults, type Fault } from './local-stripe/faults.ts';
import type { LocalStripe } from './local-stripe/handle.ts';
import { listen } from './local-stripe/http-server.ts';
import { idempotencyKeys } from './local-stripe/idempotency.ts';
import { stripeId } from './local-stripe/ids.ts';
import { refundFates, type NextRefunds } from './local-stripe/payments/refund-fates.ts';
import { booksFrom, readSnapshot, saver, type Saver } from './local-stripe/snapshot.ts';
import { waitUntil } from './wait-until.ts';

export type {
  Charge,
  DeliverySettings,
  Dispute,
  DisputeStatus,
  Envelope,
  Fault,
  LocalStripe,
  LoggedEvent,
  NextRefunds,
};
export type { PaymentIntent, Refund, RefundStatus, StripeEvent };

export interface LocalStripeOptions {
  /** Address to listen on; 127.0.0.1 when not given. */
  host?: string;
  /** A free one when not given. */
  port?: number;
  /** Where events go. Until it is given, here or by `changeDelivery`, they are held back. */
  webhookUrl?: string;
  /** Signs the events. */
  webhookSecret: string;
  /** The only key accepted; any `sk_test_…` or `rk_test_…` when not given. */
  secretKey?: string;
  /** The account's id. When not given, the one in `file`, or a random one. */
  accountId?: string;
  delivery?: Partial<DeliverySettings>;
  /** Decides what is left to chance in delivering, 0 to below 1; a seeded one makes it repeatable. `Math.random` when not given. */
  random?: () => number;
  /** Delivered events that are remembered; 10,000 when not given. */
  maxFinishedEvents?: number;
  /** Keeps the state over restarts, deliveries that were still due included. Up to 250 ms are lost on `kill -9`. */
  file?: string;
  /** Told when the state cannot be written. */
  onError?: (error: unknown) => void;
}

/** Undelivered events are never dropped while running, so payments end where memory would. */
const MAX_PENDING_DELIVERIES = 200_000;

/**
 * Starts a stand-in for Stripe: an HTTP server that answers what our services call through the official `stripe`
 * package (payment intents, charges, refunds, disputes, events, idempotency keys, errors) and sends signed webhooks. No rate limits.
 * Keeps at most 200,000 payment intents and 50,000 idempotency keys.
 */
export async function startLocalStripe(options: LocalStripeOptions): Promise<LocalStripe> {
  const { webhookUrl, webhookSecret, file, secretKey } = options;
  const kept = file === undefined ? undefined : await readSnapshot(file);
  const randomAccountId = stripeId('acct');
  const books = kept ? booksFrom(kept, randomAccountId) : emptyBooks(randomAccountId);
  books.accountId = options.accountId ?? books.accountId;
  const fates = refundFates();
  const log = eventLog(kept?.events, options.maxFinishedEvents);
  const keys = idempotencyKeys(kept?.keys);
  const failing = faults();
  let save: Saver | undefined;
  const changed = () => save?.changed();
  const settings = { ...defaultDelivery, webhookUrl, ...options.delivery };
  const deliveries = deliverer(settings, webhookSecret, log, changed, options.random);
  const emit = (type: string, object: object, envelope?: Envelope) => {
    const logged = log.add(type, object, envelope);
    deliveries.send(logged);
    changed();
    return logged.event;
  };
  const isFull = () => deliveries.pending() >= MAX_PENDING_DELIVERIES;
  const parts = { books, log, refundFates: fates, keys, faults: failing, secretKey, emit, isFull, changed };
  const server = await listen({ host: options.host ?? '127.0.0.1', port: options.port ?? 0 }, parts, () => local);
  if (file !== undefined) {
    const take = () => ({
      version: 1 as const,
      intents: [...books.intents.values()],
      charges: [...books.charges.values()],
      refunds: [...books.refunds.values()],
      disputes: [...books.disputes.values()],
      accountId: books.accountId,
      events: log.all(),
      keys: keys.entries(),
    });
    save = saver(file, take, options.onError ?? (() => undefined));
    // A new account's id is kept from the start.
    changed();
  }
  const local: LocalStripe = {
    url: server.url,
    accountId: books.accountId,
    books: () =>
      structuredClone({
        paymentIntents: [...books.intents.values()],
        charges: [...books.charges.values()],
        refunds: [...books.refunds.values()],
        disputes: [...books.disputes.values()],
      }),
    events: () => structuredClone(log.all()),
    delivery: deliveries.settings,
    changeDelivery: deliveries.change,
    pendingDeliveries: deliveries.pending,
    delivered: async (timeoutMs = 10_000) => {
      await waitUntil('all webhooks to be delivered', () => deliveries.pending() === 0, { timeoutMs });
    },
    changeKey: (changed) => void (parts.secretKey = changed),
    failNext: failing.add,
    stopFailing: failing.clear,
    nextRefunds: fates.add,
    ...buyerAndBank(books, emit, fates),
    emit,
    resend(eventId) {
      const logged = log.find(eventId);
      if (!logged) throw new ApiError(404, { type: 'invalid_request_error', message: `No such event: '${eventId}'` });
      deliveries.send(logged, 1);
    },
    async close() {
      await server.close();
      deliveries.close();
      await save?.close();
    },
  };
  for (const logged of log.all()) {
    const due = logged.pending;
    logged.pending = 0;
    if (due > 0) deliveries.send(logged, due);
  }
  return local;
}
