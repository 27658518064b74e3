import { sqlIdOf } from '../ids.ts';

/** A transaction as pgbench runs it: `:name` stands for a variable. */
export interface Transaction {
  /** Variables that are drawn anew each time, from 1 to the number given. */
  random?: Record<string, number>;
  /** A variable that is 1, 2, 3 … over all transactions, each number once. */
  counter?: string;
  statements: string[];
}

/** Buyers who take turns. */
export const BUYERS = 1000;

/**
 * One hold of one seat, as one transaction: the same rows as an order of ours. The row that everyone wants is locked last,
 * and so for the shortest time.
 */
export function holdTransaction(ticketTypes: number): Transaction {
  const ticketType = sqlIdOf('ticketType', ':n');
  return {
    random: { n: ticketTypes, buyer: BUYERS },
    statements: [
      'begin',
      `with wanted as (
         select * from events.sellable_ticket_types where ticket_type_id = ${ticketType} and status = 'published'
       ),
       placed as (
         insert into orders.orders (id, buyer_id, event_id, email, status, total, currency, created_at, expires_at)
         select uuidv7(), ${sqlIdOf('buyer', ':buyer')}, event_id, 'buyer@example.com', 'pending', price, currency,
           now(), now() + interval '15 minutes'
         from wanted
         returning id
       )
       insert into orders.order_lines (order_id, position, ticket_type_id, name, quantity, unit_price)
       select placed.id, 0, wanted.ticket_type_id, wanted.name, 1, wanted.price from placed, wanted`,
      `update orders.ticket_stock s
       set held = s.held + 1
       from events.sellable_ticket_types t
       where s.ticket_type_id = ${ticketType} and t.ticket_type_id = s.ticket_type_id and s.held + s.sold + 1 <= t.capacity`,
      'commit',
    ],
  };
}

/**
 * One payment settled, as one transaction: the same rows as our worker writes, with the same guards. Here too the stock is
 * locked last.
 */
export function settleTransaction(amount: number): Transaction {
  const order = sqlIdOf('order', ':n');
  return {
    counter: 'n',
    statements: [
      'begin',
      `insert into orders.payment_events (event_id, type, order_id, payment_intent_id, result)
       values ('evt_' || :n, 'payment.succeeded', ${order}, 'pi_' || :n, 'paid')`,
      `update orders.orders
       set status = 'paid', paid_at = now(), paid_intent_id = 'pi_' || :n
       where id = ${order} and status = 'pending' and total = ${amount} and currency = 'EUR'`,
      `insert into orders.tickets (id, order_id, ticket_type_id, code)
       select uuidv7(), order_id, ticket_type_id, left(upper(replace(gen_random_uuid()::text, '-', '')), 26)
       from orders.order_lines, generate_series(1, quantity)
       where order_id = ${order}`,
      `insert into orders.payments as p (order_id, intent_id, status)
       values (${order}, 'pi_' || :n, 'succeeded')
       on conflict (order_id, intent_id) do update set status = excluded.status where p.status in ('open', 'failed')`,
      // A colon before a letter would be a variable of pgbench's, also within quotes.
      `insert into orders.outbox (id, kind, key, order_id, payload)
       values (
         uuidv7(), 'mail', concat_ws(chr(58), 'mail', 'tickets', ${order}::text), ${order},
         jsonb_build_object('kind', 'mail', 'mail', 'tickets', 'orderId', ${order})
       )
       on conflict (key) do nothing`,
      `update orders.ticket_stock s
       set held = s.held - l.quantity, sold = s.sold + l.quantity
       from orders.order_lines l
       where l.order_id = ${order} and s.ticket_type_id = l.ticket_type_id`,
      'commit',
    ],
  };
}

/** How long it is to go on: for a time, or until so many are done. */
export type Extent = { seconds: number } | { transactions: number };

export interface ClientTask {
  url: string;
  clients: number;
  transaction: Transaction;
  extent: Extent;
}
