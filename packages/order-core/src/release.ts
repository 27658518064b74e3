import { inTransaction } from '@ticketing/service-kit/postgres';
import { present } from '@ticketing/service-kit/present';
import type pg from 'pg';
import { isAway, runIsolating } from './isolate.ts';
import { insertEffects } from './outbox.ts';
import { addMove, lockStock, moveStock, type StockMoves } from './stock.ts';

/** Orders that one transaction of the sweep releases. */
export const RELEASE_BATCH = 500;

/** A hold may end when no payment of it can still succeed. */
const NO_OPEN_PAYMENT = `
  not exists (select from payments p where p.order_id = o.id and p.status in ('open', 'failed'))`;

/** What one page of the sweep came to. */
export interface Released {
  released: number;
  /** Orders that could not be released; they keep nobody else's stock. */
  failed: { orderId: string; error: unknown }[];
  /** The last order that was looked at, if there may be more behind it. */
  next: ReleaseCursor | undefined;
}

/** The order's end as the database writes it, which is finer than a `Date`. */
export interface ReleaseCursor {
  expiresAt: string;
  id: string;
}

/**
 * Gives back the stock of holds that are over, up to a batch of them that ended after `after`. Any number of processes may
 * do it at once; each takes orders that no other has locked. Orders with an open payment stay: see `askAboutPayments`.
 * One that cannot be released is told from the others by splitting the batch.
 */
export async function releaseExpired(pool: pg.Pool, after?: ReleaseCursor, limit = RELEASE_BATCH): Promise<Released> {
  const { rows } = await pool.query<ReleaseCursor>({
    name: 'expired-orders',
    text: `
      select o.id, o.expires_at::text as "expiresAt"
      from orders o
      where o.status = 'pending' and o.expires_at <= now()
        and (o.expires_at, o.id) > (coalesce($2::timestamptz, '-infinity'), coalesce($3::uuid, $4::uuid))
        and ${NO_OPEN_PAYMENT}
      order by o.expires_at, o.id
      limit $1`,
    values: [limit, after?.expiresAt ?? null, after?.id ?? null, FIRST_ID],
  });
  const attempts = await runIsolating(rows, {
    run: async (orders) => {
      const released = await releaseUnpaid(
        pool,
        orders.map(({ id }) => id),
      );
      return orders.map(({ id }) => released.has(id));
    },
    // One key for all, so that a batch that fails is halved.
    keyOf: () => 'expired',
    failsAll: isAway,
  });
  const failed = attempts.flatMap((attempt, index) => {
    if (attempt.ok) return [];
    if (isAway(attempt.error)) throw attempt.error;
    return [{ orderId: present(rows[index]).id, error: attempt.error }];
  });
  return {
    released: attempts.filter((attempt) => attempt.ok && attempt.result).length,
    failed,
    next: rows.length === limit ? rows.at(-1) : undefined,
  };
}

const FIRST_ID = '00000000-0000-0000-0000-000000000000';

/** Releases those of the orders that are still over, and that no payment was started for; returns which. */
async function releaseUnpaid(pool: pg.Pool, orderIds: string[]): Promise<Set<string>> {
  return inTransaction(pool, async (client) => {
    const { rows: locked } = await client.query<{ id: string }>({
      name: 'lock-expired-orders',
      text: `
        select id
        from orders
        where id = any($1::uuid[]) and status = 'pending' and expires_at <= now()
        order by id
        for update skip locked`,
      values: [orderIds],
    });
    // Asked again under the lock: a payment is recorded under the same one, and may have been since.
    const { rows: payments } = await client.query<{ orderId: string }>({
      name: 'open-payments',
      text: `select order_id as "orderId" from payments where order_id = any($1::uuid[]) and status in ('open', 'failed')`,
      values: [locked.map(({ id }) => id)],
    });
    const open = new Set(payments.map(({ orderId }) => orderId));
    const unpaid = locked.map(({ id }) => id).filter((id) => !open.has(id));
    await release(client, unpaid, 'expired');
    return new Set(unpaid);
  });
}

/**
 * Asks for the payments of holds that are over to be cancelled, up to `limit`, and returns how many were newly asked for.
 * Once the provider says cancelled, `releaseExpired` takes the order; if it says succeeded, the order is settled. A job
 * that was done and left the payment open is done again.
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
          and not exists (
            select from outbox x
            where x.key = 'cancel-payment:' || p.order_id || ':' || p.intent_id
              and (x.done_at is null or x.done_at > now() - interval '1 minute')
          )
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
  | { kind: 'payment-open'; intents: { intentId: string; accountId: string | null }[] }
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
    const { rows: intents } = await client.query<{ intentId: string; accountId: string | null }>(
      `select intent_id as "intentId", account_id as "accountId"
       from payments
       where order_id = $1 and status in ('open', 'failed')`,
      [orderId],
    );
    if (intents.length > 0) return { kind: 'payment-open', intents };
    await release(client, [orderId], 'cancelled');
    return { kind: 'cancelled' };
  });
}

/** Pending, locked orders become expired or cancelled, and their stock is free again. */
async function release(client: pg.ClientBase, orderIds: string[], status: 'expired' | 'cancelled'): Promise<void> {
  if (orderIds.length === 0) return;
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
