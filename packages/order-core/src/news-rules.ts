import type { PaymentOutcome } from '@ticketing/types/payment-outcome';
import { RANK, refundState } from './refund-rules.ts';
import type { RefundState } from './settling.ts';

/** What the database has about one outcome. */
export interface Known {
  isReportKnown: boolean;
  /** Undefined: there is no such order. */
  order: KnownOrder | undefined;
  /** Of the same payment. */
  reports: KnownReport[];
  paymentStatus: string | undefined;
  /** Of the same order. */
  refunds: KnownRefund[];
}

export interface KnownReport {
  eventId: string;
  type: string;
  orderId: string | null;
  intentId: string | null;
  result: string;
  reason: string | null;
  /** These two of reports that were rejected only. */
  disputeId: string | null;
  refundId: string | null;
}

export interface KnownOrder {
  id: string;
  paidIntentId: string | null;
}

export interface KnownPayment {
  orderId: string;
  intentId: string;
  status: string;
}

export interface KnownRefund {
  orderId: string;
  refundId: string | null;
  formerIds: string[];
  status: string;
}

/** Whether an outcome changes something here, or is for a person to see. Pure. */
export function isNews(outcome: PaymentOutcome, known: Known): boolean {
  if (known.isReportKnown) return false;
  switch (outcome.type) {
    case 'payment.succeeded':
      return isNewSuccess(outcome, known);
    case 'payment.failed':
      return isNewFailure(outcome, known);
    case 'payment.refunded':
      return known.order ? isNewRefund(outcome, known) : isFailedAfterAll(outcome, known);
    case 'payment.disputed':
      return isNewDispute(outcome, known);
  }
}

/** The same whether its order is known or not: what was rejected, or discarded by a person, is not kept again. */
function isNewSuccess({ paymentIntentId }: PaymentOutcome, { order, reports }: Known): boolean {
  return order?.paidIntentId !== paymentIntentId && !reports.some(({ type }) => type === 'payment.succeeded');
}

/** A payment that failed moves no money: it only ends what we wait for. */
function isNewFailure({ detail }: PaymentOutcome, { paymentStatus }: Known): boolean {
  return paymentStatus === 'open' || (paymentStatus === 'failed' && detail === 'canceled');
}

function isNewRefund({ refundId, detail }: PaymentOutcome, { refunds }: Known): boolean {
  if (refundId === undefined || refunds.some(({ formerIds }) => formerIds.includes(refundId))) return false;
  const row = refunds.find((refund) => refund.refundId === refundId);
  const state = refundState(detail);
  if (!row || !state) return true;
  return RANK[state] > RANK[row.status as RefundState];
}

/**
 * Of an order that nobody knows, money that went back is no news: its payment is what a person sees. But one who has sent
 * it back has to know when it did not arrive.
 */
function isFailedAfterAll({ refundId, detail }: PaymentOutcome, { reports }: Known): boolean {
  const isSeenTo = reports.some(({ type, result }) => type === 'payment.succeeded' && result === 'discarded');
  return isSeenTo && refundState(detail) === 'failed' && !reports.some((report) => report.refundId === refundId);
}

/**
 * An event is news if it was never settled. A dispute itself is not, if an event has told its status: how it came there is
 * known then, and the ids of events cannot be told from it.
 */
function isNewDispute({ eventId, disputeId, detail }: PaymentOutcome, { order, reports }: Known): boolean {
  const disputes = reports.filter(({ type }) => type === 'payment.disputed');
  if (!order) return !disputes.some((report) => report.disputeId === disputeId);
  return !eventId.startsWith('dispute:') || !disputes.some(({ reason }) => reason === `dispute ${detail ?? 'opened'}`);
}
