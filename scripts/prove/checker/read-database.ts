import type pg from 'pg';
import type { Database, OrderRow } from './world.ts';

/** The tables as they are at one moment, of these events; reports and refunds of unknown orders too. */
export async function readDatabase(pool: pg.Pool, eventIds: string[], sinceMs: number): Promise<Database> {
  const client = await pool.connect();
  try {
    await client.query('begin isolation level repeatable read read only');
    const rows = async <Row extends pg.QueryResultRow>(sql: string, values: unknown[] = [eventIds]) =>
      (await client.query<Row>(sql, values)).rows;
    return {
      ticketTypes: await rows<Database['ticketTypes'][number]>(TICKET_TYPES),
      orders: await rows<OrderRow>(ORDERS),
      tickets: await rows<Database['tickets'][number]>(TICKETS),
      doorActs: await rows<Database['doorActs'][number]>(DOOR_ACTS),
      refunds: await rows<Database['refunds'][number]>(REFUNDS),
      mirroredRefunds: await rows<Database['mirroredRefunds'][number]>(MIRRORED_REFUNDS),
      payments: await rows<Database['payments'][number]>(PAYMENTS),
      reports: await rows<Database['reports'][number]>(REPORTS, [new Date(sinceMs)]),
      outbox: await rows<Database['outbox'][number]>(OUTBOX),
    };
  } finally {
    // Nothing was written; the connection may serve again.
    await client.query('rollback');
    client.release();
  }
}

const TICKET_TYPES = `
  select
    t.id,
    t.event_id as "eventId",
    e.status as "eventStatus",
    t.price,
    t.capacity,
    t.max_per_buyer as "maxPerBuyer",
    e.max_per_buyer as "eventMaxPerBuyer",
    coalesce(s.held, 0) as held,
    coalesce(s.sold, 0) as sold
  from events.ticket_types t
  join events.events e on e.id = t.event_id
  left join orders.ticket_stock s on s.ticket_type_id = t.id
  where t.event_id = any($1::uuid[])`;

const ORDERS = `
  select
    o.id,
    o.buyer_id as "buyerId",
    o.event_id as "eventId",
    o.email,
    o.status,
    o.total,
    o.currency,
    o.paid_intent_id as "paidIntentId",
    o.refund_reason as "refundReason",
    o.idempotency_key as key,
    (extract(epoch from o.expires_at) * 1000)::float8 as "expiresAt",
    (
      select coalesce(
        json_agg(json_build_object(
          'ticketTypeId', l.ticket_type_id, 'quantity', l.quantity, 'unitPrice', l.unit_price
        )),
        '[]'
      )
      from orders.order_lines l
      where l.order_id = o.id
    ) as lines
  from orders.orders o
  where o.event_id = any($1::uuid[])`;

const TICKETS = `
  select t.order_id as "orderId", t.ticket_type_id as "ticketTypeId", t.code, t.status
  from orders.tickets t
  join orders.orders o on o.id = t.order_id
  where o.event_id = any($1::uuid[])`;

const DOOR_ACTS = `
  select t.code, c.kind
  from orders.check_ins c
  join orders.tickets t on t.id = c.ticket_id
  join orders.orders o on o.id = t.order_id
  where o.event_id = any($1::uuid[])`;

const REFUNDS = `
  select
    r.id,
    r.order_id as "orderId",
    r.payment_intent_id as "intentId",
    r.provider_refund_id as "stripeId",
    r.former_provider_refund_ids as "formerStripeIds",
    r.amount,
    r.currency,
    r.reason,
    r.status
  from orders.payment_refunds r
  join orders.orders o on o.id = r.order_id
  where o.event_id = any($1::uuid[])`;

const MIRRORED_REFUNDS = `
  select r.order_id as "orderId", r.payment_intent_id as "intentId", r.amount, r.reason, r.status
  from orders.refunds r
  join orders.orders o on o.id = r.order_id
  where o.event_id = any($1::uuid[])`;

const PAYMENTS = `
  select p.order_id as "orderId", p.intent_id as "intentId", p.status
  from orders.payments p
  join orders.orders o on o.id = p.order_id
  where o.event_id = any($1::uuid[])`;

const REPORTS = `
  select event_id as "eventId", order_id as "orderId", payment_intent_id as "intentId", result, reason
  from orders.payment_events
  where received_at >= $1`;

const OUTBOX = `
  select
    x.id,
    x.kind,
    x.order_id as "orderId",
    x.payload ->> 'mail' as mail,
    x.payload ->> 'intentId' as "intentId",
    x.attempts,
    (extract(epoch from x.created_at) * 1000)::float8 as "createdAt",
    (extract(epoch from x.done_at) * 1000)::float8 as "doneAt",
    x.done_at is not null as "isDone",
    x.parked_at is not null as "isParked",
    x.last_error as "lastError"
  from orders.outbox x
  join orders.orders o on o.id = x.order_id
  where o.event_id = any($1::uuid[])`;
