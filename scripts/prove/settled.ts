import { setTimeout as wait } from 'node:timers/promises';
import type pg from 'pg';
import { readUnsettled } from './checker/read-topics.ts';
import type { FragileShop } from './shop/shop.ts';

export interface Settling {
  /** How long it took from the end of the last fault. */
  tookMs: number;
  /** What was still open when the time was over; empty if all settled. */
  open: string[];
}

const POLL_MS = 250;

/** Waits until nothing is under way any more: no hold, no effect, no refund, no webhook, no message. `lookAfter` is called in between: some of it waits for a person. */
export async function waitUntilSettled(
  shop: FragileShop,
  pool: pg.Pool,
  { eventIds, limitMs, lookAfter }: { eventIds: string[]; limitMs: number; lookAfter: () => Promise<void> },
): Promise<Settling> {
  const started = performance.now();
  for (;;) {
    const open = await findOpen(shop, pool, eventIds).catch((error: unknown) => [`not to be seen: ${String(error)}`]);
    const tookMs = performance.now() - started;
    if (open.length === 0 || tookMs > limitMs) return { tookMs, open };
    await lookAfter();
    await wait(POLL_MS);
  }
}

async function findOpen({ stripe, brokers }: FragileShop, pool: pg.Pool, eventIds: string[]): Promise<string[]> {
  const { rows } = await pool.query<{ what: string; count: number }>(OPEN, [eventIds]);
  const open = rows.filter(({ count }) => count > 0).map(({ what, count }) => `${count} ${what}`);
  const webhooks = stripe.pendingDeliveries();
  if (webhooks > 0) open.push(`${webhooks} webhooks to be delivered`);
  if (brokers === undefined || open.length > 0) return open;
  const messages = (await readUnsettled(brokers)).reduce((sum, partition) => sum + partition.messages, 0);
  return messages > 0 ? [`${messages} messages to be settled`] : [];
}

const OPEN = `
  select 'pending orders' as what, count(*)::int as count
  from orders.orders
  where status = 'pending' and event_id = any($1::uuid[])
  union all
  select 'orders being refunded', count(*)::int
  from orders.orders
  where status = 'refunding' and event_id = any($1::uuid[])
  union all
  select 'paid orders of cancelled events', count(*)::int
  from orders.orders o
  join events.events e on e.id = o.event_id
  where o.status = 'paid' and e.status = 'cancelled' and e.id = any($1::uuid[])
  union all
  select 'refunds under way', count(*)::int from orders.payment_refunds where status in ('requested', 'pending')
  union all
  select 'refunds that failed', count(*)::int
  from orders.payment_refunds r
  join orders.orders o on o.id = r.order_id
  where r.status = 'failed' and o.total > (
    select coalesce(sum(p.amount), 0)
    from orders.payment_refunds p
    where p.order_id = r.order_id and p.payment_intent_id = r.payment_intent_id and p.status = 'succeeded'
  )
  union all
  select 'effects in the outbox', count(*)::int from orders.outbox where done_at is null and parked_at is null`;
