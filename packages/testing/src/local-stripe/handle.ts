import type { Charge, Dispute, DisputeStatus, PaymentIntent, Refund, RefundStatus } from './books.ts';
import type { DeliverySettings } from './delivery.ts';
import type { Envelope, LoggedEvent, StripeEvent } from './event-log.ts';
import type { Fault } from './faults.ts';
import type { NewDispute } from './payments/disputes.ts';
import type { PayableWith } from './payments/payment-methods.ts';
import type { NextRefunds } from './payments/refund-fates.ts';

/** A running local Stripe, as tests and its own HTTP switches hold it. */
export interface LocalStripe {
  url: string;
  /** The account whose payments these are, `acct_…`: the same over restarts when there is a `file`. */
  accountId: string;
  /** Copies of all there is. */
  books: () => { paymentIntents: PaymentIntent[]; charges: Charge[]; refunds: Refund[]; disputes: Dispute[] };
  /** Every event that is due, and the last 10,000 that were delivered or given up, with what became of them. */
  events: () => LoggedEvent[];
  delivery: () => DeliverySettings;
  changeDelivery: (patch: Partial<DeliverySettings>) => void;
  pendingDeliveries: () => number;
  /** Waits until every event is delivered or given up. Throws after `timeoutMs` (10,000). */
  delivered: (timeoutMs?: number) => Promise<void>;
  /** Rolls the key: from now on, this is the only one accepted. */
  changeKey: (secretKey: string) => void;
  failNext: (fault: Fault) => void;
  stopFailing: () => void;
  /**
   * Pays as the buyer's browser would. A decline is no error: the intent returned shows it. A SEPA debit leaves it
   * `processing` until `finishProcessing`.
   */
  pay: (intentId: string, card?: PayableWith) => PaymentIntent;
  /** What the bank says in the end about an intent that is `processing`. Throws when it is not. */
  finishProcessing: (intentId: string, outcome: 'succeeded' | 'failed') => PaymentIntent;
  /** What becomes of the next refunds when they are made; they succeed at once otherwise. */
  nextRefunds: (next: NextRefunds) => void;
  /** What becomes of a refund later. Throws for a change that Stripe never makes. */
  changeRefund: (refundId: string, status: RefundStatus, failureReason?: string) => Refund;
  /** Refunds in Stripe's dashboard, all that is left unless an amount is given: without any metadata. */
  refundByHand: (intentId: string, amount?: number) => Refund;
  /** The buyer's bank asks for the money of a succeeded intent back. */
  dispute: (intentId: string, given?: NewDispute) => Dispute;
  changeDispute: (disputeId: string, status: DisputeStatus) => Dispute;
  /**
   * Sends an event of any type about any object: an order that nobody knows, say. `envelope` makes it one of another
   * account, of live mode or of another time.
   */
  emit: (type: string, object: Record<string, unknown>, envelope?: Envelope) => StripeEvent;
  /** Sends an event of the past once more. Throws when it is unknown. */
  resend: (eventId: string) => void;
  /** Stops at once. What is still to be delivered is dropped, or kept for the next start when there is a `file`. */
  close: () => Promise<void>;
}
