/** What the local Stripe knows, shaped as Stripe's API shows it (https://docs.stripe.com/api), unused fields left out. */

export type Metadata = Record<string, string>;

export interface PaymentIntent {
  id: string;
  object: 'payment_intent';
  amount: number;
  amount_received: number;
  canceled_at: number | null;
  cancellation_reason: string | null;
  capture_method: 'automatic' | 'automatic_async';
  client_secret: string;
  confirmation_method: 'automatic';
  created: number;
  currency: string;
  customer: null;
  description: string | null;
  excluded_payment_method_types: string[] | null;
  last_payment_error: ErrorBody | null;
  latest_charge: string | null;
  livemode: false;
  metadata: Metadata;
  next_action: { type: 'use_stripe_sdk'; use_stripe_sdk: Record<string, never> } | null;
  payment_method: string | null;
  payment_method_types: string[];
  receipt_email: string | null;
  status: IntentStatus;
}

export type IntentStatus =
  'requires_payment_method' | 'requires_confirmation' | 'requires_action' | 'processing' | 'succeeded' | 'canceled';

export interface Charge {
  id: string;
  object: 'charge';
  amount: number;
  amount_captured: number;
  amount_refunded: number;
  captured: boolean;
  created: number;
  currency: string;
  /** True from the first dispute or inquiry on, whatever becomes of it. */
  disputed: boolean;
  failure_code: string | null;
  failure_message: string | null;
  livemode: false;
  metadata: Metadata;
  paid: boolean;
  payment_intent: string;
  payment_method: string;
  refunded: boolean;
  status: 'pending' | 'succeeded' | 'failed';
}

export interface Refund {
  id: string;
  object: 'refund';
  amount: number;
  charge: string;
  created: number;
  currency: string;
  /** Only there when it failed (https://docs.stripe.com/refunds#failed-refunds). */
  failure_reason?: string;
  metadata: Metadata;
  payment_intent: string;
  reason: string | null;
  status: RefundStatus;
}

/** https://docs.stripe.com/api/refunds/object#refund_object-status */
export const refundStatuses = ['pending', 'requires_action', 'succeeded', 'failed', 'canceled'] as const;
export type RefundStatus = (typeof refundStatuses)[number];

export interface Dispute {
  id: string;
  object: 'dispute';
  amount: number;
  /** What was taken from the account's balance for it, and given back. */
  balance_transactions: { id: string; object: 'balance_transaction'; amount: number; currency: string }[];
  charge: string;
  created: number;
  currency: string;
  evidence_details: { due_by: number | null; has_evidence: boolean; past_due: boolean; submission_count: number };
  is_charge_refundable: boolean;
  livemode: false;
  metadata: Metadata;
  payment_intent: string;
  reason: string;
  status: DisputeStatus;
}

/** https://docs.stripe.com/api/disputes/object#dispute_object-status */
export const disputeStatuses = [
  ...(['warning_needs_response', 'warning_under_review', 'warning_closed'] as const),
  ...(['needs_response', 'under_review', 'won', 'lost', 'prevented'] as const),
];
export type DisputeStatus = (typeof disputeStatuses)[number];

export const errorTypes = ['api_error', 'card_error', 'idempotency_error', 'invalid_request_error'] as const;
export type ErrorType = (typeof errorTypes)[number];

/** The inside of `{ error: … }` (https://docs.stripe.com/api/errors). */
export interface ErrorBody {
  type: ErrorType;
  code?: string;
  message: string;
  param?: string;
  decline_code?: string;
  charge?: string;
  payment_intent?: PaymentIntent;
}

export interface Books {
  /** The account whose payments these are. */
  accountId: string;
  intents: Map<string, PaymentIntent>;
  charges: Map<string, Charge>;
  refunds: Map<string, Refund>;
  disputes: Map<string, Dispute>;
}

export function emptyBooks(accountId: string): Books {
  return { accountId, intents: new Map(), charges: new Map(), refunds: new Map(), disputes: new Map() };
}

/** Whole seconds since 1970, as all of Stripe's times. */
export function now(): number {
  return Math.floor(Date.now() / 1000);
}
