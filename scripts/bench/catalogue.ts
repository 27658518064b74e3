import type pg from 'pg';
import { idOf, sqlIdOf } from './ids.ts';

/** Minor units of EUR. */
export const PRICE = 2500;
const CAPACITY = 100_000_000;
export const TICKET_TYPES_PER_EVENT = 50;

export interface Sale {
  eventId: string;
  ticketTypeId: string;
}

/**
 * Puts so many ticket types on sale, some an event, and returns them; more seats than any run can take. Their search words
 * are marked as those of events-service (search/stored-words.ts), so that it does not refill them during a run.
 */
export async function fillCatalogue(
  admin: pg.Pool,
  ticketTypes: number,
  perEvent = TICKET_TYPES_PER_EVENT,
): Promise<Sale[]> {
  const eventOf = (n: number) => Math.floor((n - 1) / perEvent) + 1;
  await admin.query(
    `insert into events.events (
       id, organizer_id, title, description, venue, timezone, starts_at, ends_at, currency, status,
       search_words, published_at, created_at, updated_at
     )
     select
       ${sqlIdOf('event', 'n')}, ${sqlIdOf('event', '0')}, 'Show ' || n, repeat('Doors open at seven. ', 25), 'Town Hall',
       'Europe/Vienna', now() + make_interval(days => n), now() + make_interval(days => n, hours => 3), 'EUR',
       'published', array['#2', 'show', 'town', 'hall'], now(), now(), now()
     from generate_series(1, $1::int) as n`,
    [eventOf(ticketTypes)],
  );
  await admin.query(
    `insert into events.ticket_types (id, event_id, position, name, description, price, capacity, max_per_order)
     select
       ${sqlIdOf('ticketType', 'n')}, ${sqlIdOf('event', '(n - 1) / $4::int + 1')}, (n - 1) % $4,
        'Block ' || n, 'Seated', $2::int, $3::int, 10
     from generate_series(1, $1::int) as n`,
    [ticketTypes, PRICE, CAPACITY, perEvent],
  );
  // Made by the first order of each otherwise; a baseline must not be the one to pay for that.
  await admin.query('insert into orders.ticket_stock (ticket_type_id) select id from events.ticket_types');
  await admin.query('analyze events.events, events.ticket_types, orders.ticket_stock');
  return Array.from({ length: ticketTypes }, (_, index) => ({
    eventId: idOf('event', eventOf(index + 1)),
    ticketTypeId: idOf('ticketType', index + 1),
  }));
}
