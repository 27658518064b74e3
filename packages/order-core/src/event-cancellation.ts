import { present } from '@ticketing/service-kit/present';
import type { EventCancellation } from '@ticketing/types/order';
import type pg from 'pg';
import { refundOrders } from './refund.ts';

/** Orders of a cancelled event that one transaction refunds. */
const BATCH = 200;

/**
 * Carries out one step for events that the catalogue has cancelled: pending orders end, paid ones are refunded. Returns
 * whether there is more to do. Resumable and repeatable: what is done is seen from the orders themselves.
 */
export async function endCancelledEvents(pool: pg.Pool): Promise<boolean> {
  await pool.query(`
    insert into event_cancellations (event_id)
    select distinct t.event_id
    from events.sellable_ticket_types t
    where t.status = 'cancelled'
      and not exists (select from event_cancellations c where c.event_id = t.event_id)
    on conflict do nothing`);
  const { rows } = await pool.query<{ event_id: string }>(
    'select event_id from event_cancellations where finished_at is null order by started_at limit 10',
  );
  let isMore = false;
  for (const { event_id: eventId } of rows) {
    if (await endOrdersOf(pool, eventId)) isMore = true;
  }
  return isMore;
}

async function endOrdersOf(pool: pg.Pool, eventId: string): Promise<boolean> {
  // Their holds are over now; the sweep does the rest, with its care for payments under way.
  await pool.query(
    `update orders set expires_at = now() where event_id = $1 and status = 'pending' and expires_at > now()`,
    [eventId],
  );
  const { rows } = await pool.query<{ id: string }>(
    `select id from orders where event_id = $1 and status = 'paid' order by id limit $2`,
    [eventId, BATCH],
  );
  if (rows.length > 0) {
    await refundOrders(
      pool,
      rows.map(({ id }) => id),
      'event-cancelled',
    );
    return true;
  }
  // Once nothing is pending, no order of this event can become paid again: settling sees the cancellation.
  await pool.query(
    `update event_cancellations
     set finished_at = now()
     where event_id = $1 and not exists (select from orders where event_id = $1 and status in ('pending', 'paid'))`,
    [eventId],
  );
  return false;
}

/** How far the orders of a cancelled event are. */
export async function readCancellation(pool: pg.Pool, eventId: string): Promise<EventCancellation> {
  const { rows } = await pool.query<ProgressRow>(
    `select
       count(*) filter (where o.status = 'pending')::int as pending,
       count(*) filter (where o.status = 'paid')::int as paid,
       count(*) filter (where o.status = 'refunding' and not ${IS_STUCK})::int as refunding,
       count(*) filter (where o.status = 'refunding' and ${IS_STUCK})::int as stuck,
       count(*) filter (where o.status = 'refunded' and o.refund_reason = 'event-cancelled')::int as refunded,
       (select started_at from event_cancellations c where c.event_id = $1) as started_at,
       now() as as_of
     from orders o
     where o.event_id = $1`,
    [eventId],
  );
  const { started_at: startedAt, as_of: asOf, ...orders } = present(rows[0]);
  const left = orders.pending + orders.paid + orders.refunding;
  return {
    eventId,
    status: startedAt && left === 0 ? 'finished' : 'running',
    startedAt: startedAt?.toISOString() ?? null,
    orders,
    asOf: asOf.toISOString(),
  };
}

/** The refund was given up, or the provider says that it failed. */
const IS_STUCK = `(
  exists (select from refunds r where r.order_id = o.id and r.status = 'failed')
  or exists (
    select from outbox x
    where x.key = 'refund:' || o.id || ':' || o.paid_intent_id and x.parked_at is not null
  )
)`;

interface ProgressRow {
  pending: number;
  paid: number;
  refunding: number;
  refunded: number;
  stuck: number;
  started_at: Date | null;
  as_of: Date;
}
