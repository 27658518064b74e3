import type { PaymentOutcome } from '@ticketing/types/payment-outcome';
import type pg from 'pg';
import { writeRefunds } from './refund-rows.ts';
import { moveStock } from './stock.ts';
import { insertTickets, voidTickets } from './tickets.ts';
import type { Ledger, Settled, SettlingOrder } from './settling.ts';

/** Writes what deciding changed: orders, stock, tickets, payments, refunds. All rows concerned must be locked. */
export async function writeLedger(
  client: pg.ClientBase,
  ledger: Ledger,
  before: Map<string, SettlingOrder>,
): Promise<void> {
  await writeOrders(client, ledger, before);
  await moveStock(client, ledger.moves);
  await insertTickets(client, ledger.tickets);
  await voidTickets(client, [...ledger.voided]);
  await writePayments(client, ledger);
  await writeRefunds(client, ledger.refunds.values());
}

async function writeOrders(
  client: pg.ClientBase,
  { orders, now }: Ledger,
  before: Map<string, SettlingOrder>,
): Promise<void> {
  const changed = [...orders.values()].filter((order) => order.status !== before.get(order.id)?.status);
  if (changed.length === 0) return;
  const { rowCount } = await client.query({
    name: 'update-orders',
    text: `
      update orders o
      set status = u.status,
          paid_intent_id = u.paid_intent_id,
          refund_reason = u.refund_reason,
          paid_at = case when u.status = 'paid' then $6::timestamptz else o.paid_at end
      from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[])
        as u (id, before, status, paid_intent_id, refund_reason)
      where o.id = u.id and o.status = u.before`,
    values: [
      changed.map(({ id }) => id),
      changed.map(({ id }) => before.get(id)?.status),
      changed.map(({ status }) => status),
      changed.map(({ paidIntentId }) => paidIntentId),
      changed.map(({ refundReason }) => refundReason),
      now,
    ],
  });
  // The orders are locked, so this cannot happen; if it does, nothing of the batch may be written.
  if (rowCount !== changed.length) throw new Error('An order changed its state while it was locked');
}

async function writePayments(client: pg.ClientBase, { payments }: Ledger): Promise<void> {
  if (payments.size === 0) return;
  const rows = [...payments.values()];
  await client.query({
    name: 'write-payments',
    text: `
      insert into payments as p (order_id, intent_id, status)
      select * from unnest($1::uuid[], $2::text[], $3::text[])
      on conflict (order_id, intent_id) do update set status = excluded.status
      where p.status in ('open', 'failed')`,
    values: [
      rows.map(({ orderId }) => orderId),
      rows.map(({ intentId }) => intentId),
      rows.map(({ status }) => status),
    ],
  });
}

/**
 * Records every report with its result. One that is recorded already is left alone, unless it was rejected before; two
 * at once with one id but different orders violate the primary key, and the batch is tried again in parts.
 */
export async function writePaymentEvents(
  client: pg.ClientBase,
  results: Map<PaymentOutcome, Settled>,
  earlier: Map<string, 'settled' | 'rejected'>,
): Promise<void> {
  const firsts = new Map<string, [PaymentOutcome, Settled]>();
  for (const [outcome, settled] of results) {
    if (earlier.get(outcome.eventId) !== 'settled' && !firsts.has(outcome.eventId)) {
      firsts.set(outcome.eventId, [outcome, settled]);
    }
  }
  if (firsts.size === 0) return;
  const rows = [...firsts.values()];
  const { rowCount } = await client.query({
    name: 'write-payment-events',
    text: `
      insert into payment_events as e (event_id, type, order_id, payment_intent_id, result, reason, outcome)
      select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::jsonb[])
      on conflict (event_id) do update set result = excluded.result, reason = excluded.reason, outcome = excluded.outcome
      where e.result = 'rejected'`,
    values: [
      rows.map(([{ eventId }]) => eventId),
      rows.map(([{ type }]) => type),
      rows.map(([{ orderId }]) => orderId),
      rows.map(([{ paymentIntentId }]) => paymentIntentId),
      rows.map(([, { kind }]) => kind),
      rows.map(([, settled]) => reasonOf(settled)),
      rows.map(([outcome, { kind }]) => (kind === 'rejected' ? JSON.stringify(outcome) : null)),
    ],
  });
  if (rowCount !== rows.length) throw new Error('A payment event was settled elsewhere at the same time');
}

function reasonOf(settled: Settled): string | null {
  switch (settled.kind) {
    case 'refund-due':
    case 'rejected':
      return settled.reason;
    case 'noted':
    case 'unrecognized':
      return settled.what;
    case 'paid':
    case 'reacquired':
    case 'duplicate':
    case 'refunded':
      return null;
  }
}
