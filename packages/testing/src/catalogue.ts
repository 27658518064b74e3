import { randomUUID } from 'node:crypto';
import type pg from 'pg';

/** A ticket type that differs from the usual one: 100 seats at 25.00 EUR, ten in one order. */
export interface NewTicketType {
  capacity?: number;
  price?: number;
  maxPerOrder?: number;
  maxPerBuyer?: number | null;
  salesStart?: Date;
  salesEnd?: Date;
}

/** An event that differs from the usual one: published, of someone, in two days. */
export interface NewEvent {
  organizerId: string;
  status: 'draft' | 'published' | 'cancelled';
  endsAt: Date;
  maxPerBuyer: number | null;
}

const HOUR_MS = 3_600_000;

/** Puts an event with ticket types into the catalogue, without its service: for tests of what reads the catalogue. */
export async function insertEvent(admin: pg.Pool, ticketTypes: NewTicketType[] = [{}], event: Partial<NewEvent> = {}) {
  const { organizerId = randomUUID(), status = 'published', maxPerBuyer = null } = event;
  const { endsAt = new Date(Date.now() + 48 * HOUR_MS) } = event;
  const eventId = randomUUID();
  await admin.query(
    `insert into events.events (
       id, organizer_id, title, description, venue, timezone, starts_at, ends_at, currency, status,
       search_words, published_at, created_at, updated_at, max_per_buyer
     )
     values ($1, $2, 'Show', '', 'Hall', 'UTC', $3, $4, 'EUR', $5::text, '{show,hall}',
       case when $5::text = 'draft' then null else now() end, now(), now(), $6)`,
    [eventId, organizerId, new Date(endsAt.getTime() - HOUR_MS), endsAt, status, maxPerBuyer],
  );
  const ids: string[] = [];
  for (const [position, ticketType] of ticketTypes.entries()) {
    const { capacity = 100, price = 2500, maxPerOrder = 10, salesStart = null, salesEnd = null } = ticketType;
    const { maxPerBuyer: ofType = null } = ticketType;
    const id = randomUUID();
    await admin.query(
      `insert into events.ticket_types (
         id, event_id, position, name, description, price, capacity, max_per_order, sales_start, sales_end, max_per_buyer
       )
       values ($1, $2, $3, $4, '', $5, $6, $7, $8, $9, $10)`,
      [id, eventId, position, `Type ${position}`, price, capacity, maxPerOrder, salesStart, salesEnd, ofType],
    );
    ids.push(id);
  }
  const [first = ''] = ids;
  return { eventId, organizerId, ticketTypeIds: ids, ticketTypeId: first };
}
