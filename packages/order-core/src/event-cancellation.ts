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
