import type { PaymentOutcome } from '@ticketing/types/payment-outcome';
import type pg from 'pg';
import {
  isNews,
  type Known,
  type KnownOrder,
  type KnownPayment,
  type KnownRefund,
  type KnownReport,
} from './news-rules.ts';

/**
 * Of outcomes that were found by going through what the provider has, those that change something here, or that a person
 * has to see: everything else is known, so that nothing is settled needlessly and nothing is rejected twice. One query to
 * each table, however many there are. What is settled at the same moment may still be among them; settling is idempotent.
 */
export async function selectNews(pool: pg.Pool, outcomes: PaymentOutcome[]): Promise<PaymentOutcome[]> {
  if (outcomes.length === 0) return [];
  const orderIds = [...new Set(outcomes.map(({ orderId }) => orderId))];
  const { rows: reports } = await pool.query<KnownReport>(
    `select
       event_id as "eventId", type, order_id as "orderId", payment_intent_id as "intentId", result, reason,
       outcome ->> 'disputeId' as "disputeId", outcome ->> 'refundId' as "refundId"
     from payment_events
     where event_id = any($1::text[]) or order_id = any($2::text[])`,
    [outcomes.map(({ eventId }) => eventId), orderIds],
  );
  const { rows: orders } = await pool.query<KnownOrder>(
    'select id, paid_intent_id as "paidIntentId" from orders where id = any($1::uuid[])',
    [orderIds],
  );
  const { rows: payments } = await pool.query<KnownPayment>(
    'select order_id as "orderId", intent_id as "intentId", status from payments where order_id = any($1::uuid[])',
    [orderIds],
  );
  const { rows: refunds } = await pool.query<KnownRefund>(
    `select
       order_id as "orderId", provider_refund_id as "refundId", former_provider_refund_ids as "formerIds", status
     from payment_refunds
     where order_id = any($1::uuid[])`,
    [orderIds],
  );
  const found = {
    eventIds: new Set(reports.map(({ eventId }) => eventId)),
    orders: new Map(orders.map((order) => [order.id, order])),
    reports: Map.groupBy(reports, ({ orderId }) => orderId),
    payments: Map.groupBy(payments, ({ orderId }) => orderId),
    refunds: Map.groupBy(refunds, ({ orderId }) => orderId),
  };
  return outcomes.filter((outcome, index) => {
    if (!isNews(outcome, knownOf(outcome, found))) return false;
    // What another one of them tells, which is not settled yet.
    return !outcomes.slice(0, index).some((earlier) => isSame(earlier, outcome));
  });
}

/** The orders that intents were made for. */
export async function ordersOfIntents(pool: pg.Pool, intentIds: string[]): Promise<Map<string, string>> {
  if (intentIds.length === 0) return new Map();
  const { rows } = await pool.query<{ intentId: string; orderId: string }>(
    `select intent_id as "intentId", order_id as "orderId"
     from payments
     where intent_id = any($1::text[])
     order by created_at`,
    [intentIds],
  );
  return new Map(rows.map(({ intentId, orderId }) => [intentId, orderId]));
}

interface Found {
  eventIds: Set<string>;
  orders: Map<string, KnownOrder>;
  reports: Map<string | null, KnownReport[]>;
  payments: Map<string, KnownPayment[]>;
  refunds: Map<string, KnownRefund[]>;
}

function knownOf({ eventId, orderId, paymentIntentId }: PaymentOutcome, found: Found): Known {
  const isOfIntent = ({ intentId }: { intentId: string | null }) => intentId === paymentIntentId;
  return {
    isReportKnown: found.eventIds.has(eventId),
    order: found.orders.get(orderId),
    reports: found.reports.get(orderId)?.filter(isOfIntent) ?? [],
    paymentStatus: found.payments.get(orderId)?.find(isOfIntent)?.status,
    refunds: found.refunds.get(orderId) ?? [],
  };
}

/** One success, or one state of a refund, that several reports tell. */
function isSame(one: PaymentOutcome, other: PaymentOutcome): boolean {
  const isOfPayment = one.orderId === other.orderId && one.paymentIntentId === other.paymentIntentId;
  if (!isOfPayment || one.type !== other.type) return false;
  if (one.type === 'payment.succeeded') return true;
  return one.type === 'payment.refunded' && one.refundId === other.refundId && one.detail === other.detail;
}
