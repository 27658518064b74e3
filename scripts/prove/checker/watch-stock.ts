import { setTimeout as wait } from 'node:timers/promises';
import type pg from 'pg';
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

/** Looks at the stock of some events all the time, also while everything else is going wrong. */
export function watchStock(pool: pg.Pool, eventIds: string[]): StockWatch {
  const closing = new AbortController();
  const violations: Violation[] = [];
  let looks = 0;
  let latest = { held: 0, sold: 0, capacity: 0 };
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
        for (const what of seen.rows.flatMap(findBroken)) {
          if (violations.length < MAX_VIOLATIONS) violations.push({ rule: 'stock is right at every moment', what });
        }
      }
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
