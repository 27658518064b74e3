import { inTransaction } from '@ticketing/service-kit/postgres';
import { present } from '@ticketing/service-kit/present';
import type { PaymentOutcome } from '@ticketing/types/payment-outcome';
import type pg from 'pg';
import { createBatcher, type Batcher } from './batcher.ts';
import { isAway } from './isolate.ts';
import { lockOrders } from './lock-orders.ts';
import { mailsDue } from './mails-due.ts';
import { insertEffects, rearmEffects, type Effect, type Traceparents } from './outbox.ts';
import { readRefunds } from './refund-rows.ts';
import { readSellable } from './sellable.ts';
import { decideSettlement } from './settlement.ts';
import { refundEffect } from './refund.ts';
import { readSentBack } from './sent-back.ts';
import { lockStock } from './stock.ts';
import { writeLedger, writePaymentEvents } from './ledger.ts';
import type { Ledger, Settled, SettlingOrder } from './settling.ts';

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
    const unknown = outcomes.map(({ orderId }) => orderId).filter((id) => !orders.has(id));
    ledger.sentBack = await readSentBack(client, unknown);
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
    // Before what is asked for now, some of which waits for later news.
    await rearmEffects(client, waitedFor(results));
    await insertEffects(
      client,
      [...refundsDue(ledger), ...refundsToRead(ledger), ...mailsDue(results.values(), ledger, before)],
      traceparents,
    );
    await writePaymentEvents(client, results, earlier);
    return outcomes.map((outcome) => present(results.get(outcome)));
  });
}

function byTime(a: PaymentOutcome, b: PaymentOutcome): number {
  return Date.parse(a.occurredAt) - Date.parse(b.occurredAt);
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

/** What deciding needs to know of orders that are locked: their stock is locked too, then read with the catalogue. */
export async function openLedger(client: pg.ClientBase, orders: Map<string, SettlingOrder>): Promise<Ledger> {
  const ticketTypeIds = [
    ...new Set([...orders.values()].flatMap(({ lines }) => lines.map((line) => line.ticketTypeId))),
  ];
  const stock = await lockStock(client, ticketTypeIds);
  const catalogue = await readSellable(client, ticketTypeIds);
  const refunds = await readRefunds(client, [...orders.keys()]);
  return {
    ...catalogue,
    orders,
    stock,
    refunds,
    refundsToRead: [],
    sentBack: new Set(),
    moves: new Map(),
    tickets: [],
    voided: new Set(),
    payments: new Map(),
  };
}

function refundsDue({ refunds }: Ledger): Effect[] {
  return [...refunds.values()]
    .flat()
    .filter(({ change, reason }) => change === 'new' && reason !== 'at-provider')
    .map(refundEffect);
}

function refundsToRead({ refundsToRead: reports }: Ledger): Effect[] {
  return reports.map(({ orderId, paymentIntentId: intentId, eventId }) => ({
    kind: 'read-refunds',
    ...{ orderId, intentId, eventId },
  }));
}

/** News of a payment, or of its refunds, other than that it bought tickets: jobs may have waited for it. */
function waitedFor(results: Map<PaymentOutcome, Settled>): { orderId: string; intentId: string }[] {
  return [...results]
    .filter(([, { kind }]) => kind === 'noted' || kind === 'refunded' || kind === 'refund-due')
    .map(([{ orderId, paymentIntentId: intentId }]) => ({ orderId, intentId }));
}
