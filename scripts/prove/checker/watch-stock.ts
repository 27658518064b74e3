import { setTimeout as wait } from 'node:timers/promises';
import type pg from 'pg';
import { TICKET_LIMIT } from './rules/limits.ts';
import type { Violation } from './world.ts';

export interface StockWatch {
  /** How often stock was looked at. */
  looks: () => number;
  /** What is held and sold of all, and how much there is, when it was last looked at. */
  latest: () => { held: number; sold: number; capacity: number };
  violations: () => Violation[];
  stop: () => Promise<void>;
}

const EVERY_MS = 100;
/** More of the same says nothing new. */
const MAX_VIOLATIONS = 20;

/** One statement sees one moment: what transactions do is seen whole or not at all. */
const LOOK = `
  select
    t.id,
    t.capacity,
    coalesce(s.held, 0) as held,
    coalesce(s.sold, 0) as sold,
    coalesce(l.pending, 0)::int as pending,
    coalesce(l.paid, 0)::int as paid,
    coalesce(k.tickets, 0)::int as tickets
  from events.ticket_types t
  left join orders.ticket_stock s on s.ticket_type_id = t.id
  left join (
    select
      l.ticket_type_id,
      sum(l.quantity) filter (where o.status = 'pending') as pending,
      sum(l.quantity) filter (where o.status = 'paid') as paid
    from orders.order_lines l
    join orders.orders o on o.id = l.order_id
    where o.event_id = any($1::uuid[])
    group by l.ticket_type_id
  ) l on l.ticket_type_id = t.id
  left join (
    select k.ticket_type_id, count(*) as tickets
    from orders.tickets k
    join orders.orders o on o.id = k.order_id
    where k.status <> 'void' and o.event_id = any($1::uuid[])
    group by k.ticket_type_id
  ) k on k.ticket_type_id = t.id
  where t.event_id = any($1::uuid[])`;

interface Seen {
  id: string;
  capacity: number;
  held: number;
  sold: number;
  pending: number;
  paid: number;
  tickets: number;
}

/** Holds that someone has of an event and that still stand. */
const LOOK_AT_HOLDS = `
  select buyer_id as "buyerId", event_id as "eventId", count(*)::int as holds
  from orders.orders
  where status = 'pending' and expires_at > now() and event_id = any($1::uuid[])
  group by buyer_id, event_id
  having count(*) > $2`;

interface TooMany {
  buyerId: string;
  eventId: string;
  holds: number;
}

/** Tickets of pending and paid orders that someone has, and that are more than one buyer may have. */
const LOOK_AT_TICKETS = `
  select o.buyer_id as "buyerId", 'event ' || e.id as of, e.max_per_buyer as most, sum(l.quantity)::int as has
  from orders.orders o
  join orders.order_lines l on l.order_id = o.id
  join events.events e on e.id = o.event_id
  where o.status in ('pending', 'paid') and e.id = any($1::uuid[])
  group by o.buyer_id, e.id
  having sum(l.quantity) > e.max_per_buyer
  union all
  select o.buyer_id, t.id::text, t.max_per_buyer, sum(l.quantity)::int
  from orders.orders o
  join orders.order_lines l on l.order_id = o.id
  join events.ticket_types t on t.id = l.ticket_type_id
  where o.status in ('pending', 'paid') and t.event_id = any($1::uuid[])
  group by o.buyer_id, t.id
  having sum(l.quantity) > t.max_per_buyer`;

interface OverLimit {
  buyerId: string;
  of: string;
  most: number;
  has: number;
}

export interface StockWatchOptions {
  eventIds: string[];
  /** Open holds that someone may have of an event. */
  maxOpenHolds: number;
}

/** Looks at the stock of some events all the time, also while everything else is going wrong. */
export function watchStock(pool: pg.Pool, { eventIds, maxOpenHolds }: StockWatchOptions): StockWatch {
  const closing = new AbortController();
  const violations: Violation[] = [];
  let looks = 0;
  let latest = { held: 0, sold: 0, capacity: 0 };
  const note = (rule: string, whats: string[]) => {
    for (const what of whats) {
      if (violations.filter((one) => one.rule === rule).length < MAX_VIOLATIONS) violations.push({ rule, what });
    }
  };
  const watch = async () => {
    while (!closing.signal.aborted) {
      // While the server is down there is nothing to be seen.
      const seen = await pool.query<Seen>(LOOK, [eventIds]).catch(() => undefined);
      if (seen) {
        looks++;
        latest = seen.rows.reduce(
          (sum, { held, sold, capacity }) => ({
            held: sum.held + held,
            sold: sum.sold + sold,
            capacity: sum.capacity + capacity,
          }),
          { held: 0, sold: 0, capacity: 0 },
        );
        note('stock is right at every moment', seen.rows.flatMap(findBroken));
      }
      const holders = await pool.query<TooMany>(LOOK_AT_HOLDS, [eventIds, maxOpenHolds]).catch(() => undefined);
      note(
        'nobody has more open holds of an event than allowed',
        (holders?.rows ?? []).map(({ buyerId, eventId, holds }) => `${buyerId} has ${holds} of event ${eventId}`),
      );
      const owners = await pool.query<OverLimit>(LOOK_AT_TICKETS, [eventIds]).catch(() => undefined);
      note(
        TICKET_LIMIT,
        (owners?.rows ?? []).map(({ buyerId, of, most, has }) => `${buyerId} has ${has} of ${of}, not ${most} at most`),
      );
      await wait(EVERY_MS, undefined, { signal: closing.signal }).catch(() => undefined);
    }
  };
  const done = watch();
  return {
    looks: () => looks,
    latest: () => latest,
    violations: () => violations,
    stop: async () => {
      closing.abort();
      await done;
    },
  };
}

/** What is wrong with a ticket type at one moment. */
export function findBroken({ id, capacity, held, sold, pending, paid, tickets }: Seen): string[] {
  const at = new Date().toISOString();
  return [
    ...(held + sold > capacity ? [`${at} ${id}: ${held} held and ${sold} sold of ${capacity}`] : []),
    ...(held !== pending ? [`${at} ${id}: ${held} held, ${pending} in pending orders`] : []),
    ...(sold !== paid ? [`${at} ${id}: ${sold} sold, ${paid} in paid orders`] : []),
    ...(sold !== tickets ? [`${at} ${id}: ${sold} sold, ${tickets} tickets`] : []),
  ];
}
