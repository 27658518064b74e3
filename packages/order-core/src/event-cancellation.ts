import { present } from '@ticketing/service-kit/present';
import type { EventCancellation } from '@ticketing/types/order';
import type pg from 'pg';
import { isAway, runIsolating } from './isolate.ts';
import { IS_FAILED } from './refund-admin.ts';
import { refundOrders } from './refund.ts';

/** Orders of a cancelled event that one transaction refunds. */
const BATCH = 200;
/** Events in one step; those that were looked at longest ago come first, so that none waits for another's end. */
const EVENTS = 10;

/** What one step came to. */
export interface EndedEvents {
  /** Whether there is more to do now. */
  isMore: boolean;
  /** What could not be done; it is tried again, and keeps nothing else from being done. */
  failed: { eventId: string; orderId?: string; error: unknown }[];
}

/**
 * Carries out one step for events that the catalogue has cancelled: pending orders end, paid ones are refunded. Resumable
 * and repeatable: what is done is seen from the orders themselves.
 */
export async function endCancelledEvents(pool: pg.Pool): Promise<EndedEvents> {
  await pool.query(`
    insert into event_cancellations (event_id)
    select distinct t.event_id
    from events.sellable_ticket_types t
    where t.status = 'cancelled'
      and not exists (select from event_cancellations c where c.event_id = t.event_id)
    on conflict do nothing`);
  const { rows } = await pool.query<{ event_id: string }>(
    `update event_cancellations
     set checked_at = clock_timestamp()
     where event_id in (
       select event_id
       from event_cancellations
       where finished_at is null
       order by coalesce(checked_at, started_at)
       limit $1
       for update skip locked
     )
     returning event_id`,
    [EVENTS],
  );
  const ended: EndedEvents = { isMore: false, failed: [] };
  for (const { event_id: eventId } of rows) {
    try {
      const step = await endOrdersOf(pool, eventId);
      ended.isMore ||= step.isMore;
      ended.failed.push(...step.failed);
    } catch (error) {
      if (isAway(error)) throw error;
      ended.failed.push({ eventId, error });
    }
  }
  return ended;
}

async function endOrdersOf(pool: pg.Pool, eventId: string): Promise<EndedEvents> {
  // Their holds are over now; the sweep does the rest, with its care for payments under way.
  await pool.query(
    `update orders set expires_at = now() where event_id = $1 and status = 'pending' and expires_at > now()`,
    [eventId],
  );
  const failed: EndedEvents['failed'] = [];
  let after = FIRST_ID;
  let isMore = true;
  while (isMore) {
    const { rows } = await pool.query<{ id: string }>(
      `select id from orders where event_id = $1 and status = 'paid' and id > $3 order by id limit $2`,
      [eventId, BATCH, after],
    );
    const orderIds = rows.map(({ id }) => id);
    const failures = await refundIsolating(pool, orderIds);
    failed.push(...failures.map((failure) => ({ eventId, ...failure })));
    if (failures.length < orderIds.length) return { isMore: true, failed };
    // None of these can be refunded: those behind them must not wait.
    after = orderIds.at(-1) ?? after;
    isMore = orderIds.length === BATCH;
  }
  // Once nothing is pending, no order of this event can become paid again: settling sees the cancellation.
  await pool.query(
    `update event_cancellations
     set finished_at = now()
     where event_id = $1 and not exists (select from orders where event_id = $1 and status in ('pending', 'paid'))`,
    [eventId],
  );
  return { isMore: false, failed };
}

const FIRST_ID = '00000000-0000-0000-0000-000000000000';

/** Refunds orders in one transaction; one that cannot be is told from the others by splitting. Returns those. */
async function refundIsolating(pool: pg.Pool, orderIds: string[]): Promise<{ orderId: string; error: unknown }[]> {
  const attempts = await runIsolating(orderIds, {
    run: async (ids) => {
      await refundOrders(pool, ids, 'event-cancelled');
      return ids;
    },
    // One key for all, so that a batch that fails is halved.
    keyOf: () => 'refund',
    failsAll: isAway,
  });
  return attempts.flatMap((attempt, index) => {
    if (attempt.ok) return [];
    if (isAway(attempt.error)) throw attempt.error;
    return [{ orderId: present(orderIds[index]), error: attempt.error }];
  });
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

/** The refund was given up, or the provider says that it failed, at once or later. */
const IS_STUCK = `(
  exists (select from payment_refunds r where r.order_id = o.id and ${IS_FAILED})
  or exists (
    select from outbox x
    where x.order_id = o.id and x.kind = 'refund' and x.done_at is null and x.parked_at is not null
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
