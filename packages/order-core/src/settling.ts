import type { RefundReason } from '@ticketing/types/order';
import type { PaymentOutcome } from '@ticketing/types/payment-outcome';
import type { Catalogue } from './sellable.ts';
import type { Stock, StockMoves } from './stock.ts';
import type { NewTicket } from './tickets.ts';

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
  /** The provider says something that is not known here: nothing is changed, and a person has to look. */
  | { kind: 'unrecognized'; orderId: string; what: string }
  | Rejection;

/** Can never settle; kept with its reason for a person to look at. */
export type Rejection =
  | { kind: 'rejected'; orderId: string; reason: 'unknown-order' | 'malformed' }
  | { kind: 'rejected'; orderId: string; reason: 'amount-mismatch'; expected: Money; reported: Money };

export interface Money {
  /** In the currency's minor unit. */
  amountMinor: number;
  currency: string;
}

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

export type PaymentState = 'failed' | 'succeeded' | 'cancelled';

/** What deciding reads and changes, gathered over a batch. */
export interface Ledger extends Catalogue {
  orders: Map<string, SettlingOrder>;
  /** By `intentKey`; the oldest first. */
  refunds: Map<string, SettlingRefund[]>;
  /** Payments without an order that a person sent back, by `intentKey`. */
  sentBack: Set<string>;
  /** Reports of refunds that do not say which: the provider has to be asked. */
  refundsToRead: PaymentOutcome[];
  stock: Map<string, Stock>;
  moves: StockMoves;
  tickets: NewTicket[];
  /** Orders whose tickets become worthless. */
  voided: Set<string>;
  /** By `intentKey`. */
  payments: Map<string, { orderId: string; intentId: string; status: PaymentState }>;
}

/**
 * Where a refund is: wanted by us, at work at the provider, done, failed, or paid back in another way, which a person has
 * said. None of the provider's states is the last: a success can become a failure days later.
 */
export type RefundState = 'requested' | 'pending' | 'succeeded' | 'failed' | 'settled-elsewhere';

/** One refund of a payment. Deciding changes it; what is new or changed is written. */
export interface SettlingRefund {
  id: string;
  orderId: string;
  paymentIntentId: string;
  /** Null until the provider has made it. */
  providerRefundId: string | null;
  /** Attempts that failed at the provider, and were followed by another one. */
  formerProviderRefundIds: string[];
  /** Minor units of `currency`. */
  amount: number;
  currency: string;
  reason: RefundReason;
  status: RefundState;
  /** `taken-over`: the release before has asked for it, or says how it ended. */
  change?: 'new' | 'updated' | 'taken-over';
  /** Reached in this batch. */
  reached?: RefundState;
}
