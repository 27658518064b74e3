import type pg from 'pg';
import { PRICE, TICKET_TYPES_PER_EVENT } from './catalogue.ts';
import { sqlIdOf } from './ids.ts';

export interface PastOrders {
  count: number;
  /** Of those of `fillCatalogue`; they take turns. */
  ticketTypes: number;
  /** They take turns, too. */
  buyers: number;
}

/**
 * Puts so many orders of long ago into the database, in place of all that are there: nine of ten paid, with payment,
 * ticket and mail, one expired. Set-based, with the indexes made afterwards.
 */
export async function replaceByPastOrders(admin: pg.Pool, past: PastOrders): Promise<void> {
  const client = await admin.connect();
  try {
    // Foreign keys are not checked row by row, for rows that are right.
    await client.query("set session_replication_role = 'replica'");
    await client.query(`truncate ${TABLES.join(', ')}`);
    const indexes = await dropIndexes(client);
    for (const statement of statementsFor(past)) await client.query(statement);
    for (const index of indexes) await client.query(index);
    // As autovacuum would have, long ago, and not during a round.
    await client.query(`vacuum (analyze) ${TABLES.join(', ')}, orders.ticket_stock`);
  } finally {
    // With its settings.
    client.release(true);
  }
}

const TABLES = ['tickets', 'payments', 'refunds', 'order_lines', 'orders', 'payment_events', 'outbox'].map(
  (table) => `orders.${table}`,
);

/** All but those of primary keys; returns what makes them again. */
async function dropIndexes(client: pg.PoolClient): Promise<string[]> {
  const { rows } = await client.query<{ name: string; definition: string }>(
    `select format('%I.%I', schemaname, indexname) as name, indexdef as definition
     from pg_indexes
     where schemaname = 'orders' and format('%I.%I', schemaname, tablename) = any($1::text[])
       and indexname not in (select conname from pg_constraint)`,
    [TABLES],
  );
  if (rows.length > 0) await client.query(`drop index ${rows.map(({ name }) => name).join(', ')}`);
  return rows.map(({ definition }) => definition);
}

/** A tenth of a second apart, the last one yesterday; their ids sort before those that are made now. */
function statementsFor({ count, ticketTypes, buyers }: PastOrders): string[] {
  const order = sqlIdOf('pastOrder', 'n');
  const type = `n % ${ticketTypes} + 1`;
  const ticketType = sqlIdOf('ticketType', type);
  const isPaid = 'n % 10 <> 0';
  const placedAt = `now() - interval '1 day' - make_interval(secs => (${count} - n) / 10.0)`;
  const all = `generate_series(1, ${count}) as n`;
  const paid = `${all} where ${isPaid}`;
  return [
    `insert into orders.orders (
       id, buyer_id, event_id, email, status, total, currency, created_at, expires_at, paid_at, paid_intent_id
     )
     select
       ${order}, ${sqlIdOf('buyer', `n % ${buyers} + 1`)}, ${sqlIdOf('event', `(${type} - 1) / ${TICKET_TYPES_PER_EVENT} + 1`)},
       'buyer@example.com', case when ${isPaid} then 'paid' else 'expired' end, ${PRICE}, 'EUR',
       ${placedAt}, ${placedAt} + interval '15 minutes',
       case when ${isPaid} then ${placedAt} end, case when ${isPaid} then 'pi_past_' || n end
     from ${all}`,
    `insert into orders.order_lines (order_id, position, ticket_type_id, name, quantity, unit_price)
     select ${order}, 0, ${ticketType}, 'Block ' || (${type}), 1, ${PRICE} from ${all}`,
    `insert into orders.payments (order_id, intent_id, status, created_at)
     select ${order}, 'pi_past_' || n, 'succeeded', ${placedAt} from ${paid}`,
    `insert into orders.payment_events (event_id, type, order_id, payment_intent_id, result, received_at)
     select 'evt_past_' || n, 'payment.succeeded', ${order}, 'pi_past_' || n, 'paid', ${placedAt} from ${paid}`,
    `insert into orders.tickets (id, order_id, ticket_type_id, code)
     select ${sqlIdOf('pastTicket', 'n')}, ${order}, ${ticketType}, upper(substr(md5(n::text), 1, 26)) from ${paid}`,
    `insert into orders.outbox (id, kind, key, order_id, payload, attempts, created_at, run_at, done_at)
     select
       ${sqlIdOf('pastMail', 'n')}, 'mail', 'mail:tickets:' || ${order}::text, ${order},
       jsonb_build_object('kind', 'mail', 'mail', 'tickets', 'orderId', ${order}), 1, ${placedAt}, ${placedAt}, ${placedAt}
     from ${paid}`,
    `update orders.ticket_stock s
     set held = 0, sold = coalesce(t.sold, 0)
     from orders.ticket_stock every
     left join (select ticket_type_id, count(*) as sold from orders.tickets group by 1) t using (ticket_type_id)
     where every.ticket_type_id = s.ticket_type_id`,
  ];
}
