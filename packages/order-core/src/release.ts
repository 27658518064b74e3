import { inTransaction } from '@ticketing/service-kit/postgres';
import type pg from 'pg';
import { insertEffects } from './outbox.ts';
import { addMove, lockStock, moveStock, type StockMoves } from './stock.ts';

/** Orders that one transaction of the sweep releases. */
export const RELEASE_BATCH = 500;

/** A hold may end when no payment of it can still succeed. */
const NO_OPEN_PAYMENT = `
  not exists (select from payments p where p.order_id = o.id and p.status in ('open', 'failed'))`;

/**
 * Gives back the stock of holds that are over, up to `limit` orders, and returns how many. Any number of processes may do
 * it at once; each takes orders that no other has locked. Orders with an open payment stay: see `askAboutPayments`.
 */
export async function releaseExpired(pool: pg.Pool, limit = RELEASE_BATCH): Promise<number> {
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ id: string }>({
      name: 'expired-orders',
      text: `
        select o.id
        from orders o
        where o.status = 'pending' and o.expires_at <= now() and ${NO_OPEN_PAYMENT}
        order by o.expires_at
        limit $1
        for update of o skip locked`,
      values: [limit],
    });
    return release(
      client,
      rows.map(({ id }) => id),
      'expired',
    );
  });
}

/**
 * Asks for the payments of holds that are over to be cancelled, up to `limit`, and returns how many were newly asked for.
 * Once the provider says cancelled, `releaseExpired` takes the order; if it says succeeded, the order is settled.
 */
export async function askAboutPayments(pool: pg.Pool, limit = RELEASE_BATCH): Promise<number> {
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ orderId: string; intentId: string }>({
      name: 'expired-payments',
      text: `
        select p.order_id as "orderId", p.intent_id as "intentId"
        from orders o
        join payments p on p.order_id = o.id and p.status in ('open', 'failed')
        where o.status = 'pending' and o.expires_at <= now()
          and not exists (select from outbox x where x.key = 'cancel-payment:' || p.order_id || ':' || p.intent_id)
        order by o.expires_at
        limit $1`,
      values: [limit],
    });
    await insertEffects(
      client,
      rows.map((row) => ({ kind: 'cancel-payment', ...row })),
    );
    return rows.length;
  });
}

export type Cancelled =
  | { kind: 'cancelled' }
  /** These have to be cancelled at the provider first. */
  | { kind: 'payment-open'; intentIds: string[] }
  | { kind: 'not-pending'; status: string };

/** Ends a pending order at its buyer's wish and gives its stock back. Undefined if the buyer has no such order. */
export async function cancelOrder(pool: pg.Pool, orderId: string, buyerId: string): Promise<Cancelled | undefined> {
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ status: string }>(
      'select status from orders where id = $1 and buyer_id = $2 for update',
      [orderId, buyerId],
    );
    const [order] = rows;
    if (!order) return undefined;
    if (order.status !== 'pending') return { kind: 'not-pending', status: order.status };
    const { rows: open } = await client.query<{ intent_id: string }>(
      `select intent_id from payments where order_id = $1 and status in ('open', 'failed')`,
      [orderId],
    );
    if (open.length > 0) return { kind: 'payment-open', intentIds: open.map((row) => row.intent_id) };
    await release(client, [orderId], 'cancelled');
    return { kind: 'cancelled' };
  });
}

/** Pending, locked orders become expired or cancelled, and their stock is free again. */
async function release(client: pg.ClientBase, orderIds: string[], status: 'expired' | 'cancelled'): Promise<number> {
  if (orderIds.length === 0) return 0;
  const { rows } = await client.query<{ ticketTypeId: string; quantity: number }>({
    name: 'held-by-orders',
    text: `
      select ticket_type_id as "ticketTypeId", sum(quantity)::int as quantity
      from order_lines
      where order_id = any($1::uuid[])
      group by ticket_type_id`,
    values: [orderIds],
  });
  const moves: StockMoves = new Map();
  for (const { ticketTypeId, quantity } of rows) addMove(moves, ticketTypeId, { held: -quantity, sold: 0 });
  await lockStock(client, [...moves.keys()]);
  const { rowCount } = await client.query({
    name: 'release-orders',
    text: `update orders set status = $2 where id = any($1::uuid[]) and status = 'pending'`,
    values: [orderIds, status],
  });
  if (rowCount !== orderIds.length) throw new Error('An order to be released changed its state while it was locked');
  await moveStock(client, moves);
  return orderIds.length;
}

/**
 * When holds end within the next seconds, in steps of `grainMs`, each step once: at `endsAtMs` of the database's clock,
 * `inMs` from now.
 */
export async function upcomingExpiries(
  pool: pg.Pool,
  aheadSeconds: number,
  grainMs: number,
): Promise<{ endsAtMs: number; inMs: number }[]> {
  const { rows } = await pool.query<{ endsAtMs: number; inMs: number }>({
    name: 'upcoming-expiries',
    text: `
      select e.ends_at_ms as "endsAtMs", greatest(0, e.ends_at_ms - extract(epoch from now()) * 1000)::float8 as "inMs"
      from (
        select distinct (ceil(extract(epoch from expires_at) * 1000 / $2) * $2)::float8 as ends_at_ms
        from orders
        where status = 'pending' and expires_at > now() and expires_at < now() + make_interval(secs => $1)
      ) e`,
    values: [aheadSeconds, grainMs],
  });
  return rows;
}
