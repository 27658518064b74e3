import { inTransaction } from '@ticketing/service-kit/postgres';
import { present } from '@ticketing/service-kit/present';
import type { PaymentOutcome } from '@ticketing/types/payment-outcome';
import type pg from 'pg';
import { createBatcher, type Batcher } from './batcher.ts';
import { isAway } from './isolate.ts';
import { mailsDue } from './mails-due.ts';
import { insertEffects, type Traceparents } from './outbox.ts';
import { readSellable } from './sellable.ts';
import {
  decideSettlement,
  intentKey,
  type Ledger,
  type Settled,
  type SettlingOrder,
  type SettlingRefund,
} from './settlement.ts';
import { lockStock } from './stock.ts';
import { writeLedger, writePaymentEvents } from './ledger.ts';

const MAX_BATCH = 256;
const MAX_WAITING = 10_000;

/** Settles outcomes as they come; those that arrive while a batch is under way form the next one. */
export function createSettling(pool: pg.Pool): Batcher<PaymentOutcome, Settled> {
  return createBatcher({
    name: 'settle',
    run: (outcomes: PaymentOutcome[]) => settle(pool, outcomes),
    keyOf: ({ orderId }) => orderId,
    maxBatch: MAX_BATCH,
    lanes: 2,
    maxWaiting: MAX_WAITING,
    failsAll: isAway,
  });
}

/**
 * Settles a batch of reported payment outcomes in one transaction: orders become paid and tickets are issued, or the
 * money is sent back, or the report is recorded. Safe to run twice, in any order, and from two processes at once.
 * Returns one result for each outcome, in the same order. What has to happen afterwards goes on in the trace that
 * `traceparents` has for its order.
 */
export async function settle(
  pool: pg.Pool,
  outcomes: PaymentOutcome[],
  traceparents?: Traceparents,
): Promise<Settled[]> {
  return inTransaction(pool, async (client) => {
    const orders = await lockOrders(client, [...new Set(outcomes.map(({ orderId }) => orderId))]);
    // Read under the orders' locks: the same report in another process is either committed and seen, or waits.
    const earlier = await readEarlier(client, outcomes);
    const ledger = await openLedger(client, orders);
    const before = structuredClone(orders);
    const results = new Map<PaymentOutcome, Settled>();
    const seen = new Set<string>();
    for (const outcome of [...outcomes].sort(byTime)) {
      const isRepeat = seen.has(outcome.eventId) || earlier.get(outcome.eventId) === 'settled';
      seen.add(outcome.eventId);
      results.set(
        outcome,
        isRepeat ? { kind: 'duplicate', orderId: outcome.orderId } : decideSettlement(outcome, ledger),
      );
    }
    await writeLedger(client, ledger, before);
    await insertEffects(client, [...refundsDue(ledger), ...mailsDue(results.values(), ledger)], traceparents);
    await writePaymentEvents(client, results, earlier);
    return outcomes.map((outcome) => present(results.get(outcome)));
  });
}

function byTime(a: PaymentOutcome, b: PaymentOutcome): number {
  return Date.parse(a.occurredAt) - Date.parse(b.occurredAt);
}

/** Orders are always locked before stock, and in id order. */
export async function lockOrders(client: pg.ClientBase, orderIds: string[]): Promise<Map<string, SettlingOrder>> {
  const { rows } = await client.query<SettlingOrder>({
    name: 'lock-orders',
    text: `
      select
        o.id,
        o.event_id as "eventId",
        o.status,
        o.total,
        o.currency,
        o.paid_intent_id as "paidIntentId",
        o.refund_reason as "refundReason",
        (
          select json_agg(json_build_object('ticketTypeId', l.ticket_type_id, 'quantity', l.quantity))
          from order_lines l
          where l.order_id = o.id
        ) as lines
      from orders o
      where o.id = any($1::uuid[])
      order by o.id
      for update of o`,
    values: [orderIds],
  });
  return new Map(rows.map((row) => [row.id, row]));
}

/** Reports that came before: settled, or rejected, in which case they may settle now. */
async function readEarlier(
  client: pg.ClientBase,
  outcomes: PaymentOutcome[],
): Promise<Map<string, 'settled' | 'rejected'>> {
  const { rows } = await client.query<{ event_id: string; result: string }>({
    name: 'earlier-payment-events',
    text: 'select event_id, result from payment_events where event_id = any($1::text[])',
    values: [outcomes.map(({ eventId }) => eventId)],
  });
  return new Map(rows.map((row) => [row.event_id, row.result === 'rejected' ? 'rejected' : 'settled']));
}

async function openLedger(client: pg.ClientBase, orders: Map<string, SettlingOrder>): Promise<Ledger> {
  const ticketTypeIds = [
    ...new Set([...orders.values()].flatMap(({ lines }) => lines.map((line) => line.ticketTypeId))),
  ];
  const stock = await lockStock(client, ticketTypeIds);
  const catalogue = await readSellable(client, ticketTypeIds);
  const { rows } = await client.query<SettlingRefund>({
    name: 'refunds-of-orders',
    text: `
      select order_id as "orderId", payment_intent_id as "paymentIntentId", amount, currency, reason, status
      from refunds
      where order_id = any($1::uuid[])`,
    values: [[...orders.keys()]],
  });
  return {
    ...catalogue,
    orders,
    stock,
    refunds: new Map(rows.map((row) => [intentKey(row), row])),
    moves: new Map(),
    tickets: [],
    voided: new Set(),
    payments: new Map(),
  };
}

function refundsDue({ refunds }: Ledger) {
  return [...refunds.values()]
    .filter(({ status }) => status === 'requested')
    .map(({ orderId, paymentIntentId, amount, currency, reason }) => ({
      kind: 'refund' as const,
      orderId,
      intentId: paymentIntentId,
      amount,
      currency,
      reason,
    }));
}
