import type { Charge, PaymentIntent, Refund } from './books.ts';
import type { DeliverySettings } from './delivery.ts';
import type { LoggedEvent, StripeEvent } from './event-log.ts';
import type { Fault } from './faults.ts';

/** A running local Stripe, as tests and its own HTTP switches hold it. */
export interface LocalStripe {
  url: string;
  /** Copies of all there is. */
  books: () => { paymentIntents: PaymentIntent[]; charges: Charge[]; refunds: Refund[] };
  /** Every event that is due, and the last 10,000 that were delivered or given up, with what became of them. */
  events: () => LoggedEvent[];
  delivery: () => DeliverySettings;
  changeDelivery: (patch: Partial<DeliverySettings>) => void;
  pendingDeliveries: () => number;
  /** Waits until every event is delivered or given up. Throws after `timeoutMs` (10,000). */
  delivered: (timeoutMs?: number) => Promise<void>;
  failNext: (fault: Fault) => void;
  stopFailing: () => void;
  /** Pays as the buyer's browser would. A decline is no error: the intent returned shows it. */
  pay: (intentId: string, card?: 'visa' | 'declined' | 'authenticationRequired') => PaymentIntent;
  /** Sends an event of any type about any object: a dispute, say, or an order that nobody knows. */
  emit: (type: string, object: Record<string, unknown>) => StripeEvent;
  /** Sends an event of the past once more. Throws when it is unknown. */
  resend: (eventId: string) => void;
  /** Stops at once. What is still to be delivered is dropped, or kept for the next start when there is a `file`. */
  close: () => Promise<void>;
}
