import type pg from 'pg';

/** A ticket type as the catalogue publishes it to us: one row of `events.sellable_ticket_types`. */
export interface Sellable {
  ticketTypeId: string;
  eventId: string;
  organizerId: string;
  eventStatus: 'draft' | 'published' | 'cancelled';
  eventEndsAt: Date;
  name: string;
  /** Minor units of `currency`. */
  price: number;
  currency: string;
  capacity: number;
  maxPerOrder: number;
  /** Tickets of this type that one buyer may have; null: any number. */
  maxPerBuyer: number | null;
  /** The same of the event, of all types. */
  eventMaxPerBuyer: number | null;
  salesStart: Date | null;
  salesEnd: Date | null;
}

type Queryable = Pick<pg.ClientBase, 'query'>;

const COLUMNS = `
  ticket_type_id as "ticketTypeId",
  event_id as "eventId",
  organizer_id as "organizerId",
  status as "eventStatus",
  ends_at as "eventEndsAt",
  name,
  price,
  currency,
  capacity,
  max_per_order as "maxPerOrder",
  sales_start as "salesStart",
  sales_end as "salesEnd",
  max_per_buyer as "maxPerBuyer",
  event_max_per_buyer as "eventMaxPerBuyer"`;

/** The catalogue's ticket types, by id, and the database's clock when they were read. */
export interface Catalogue {
  now: Date;
  sellable: Map<string, Sellable>;
}

/**
 * The ticket types with these ids, as they are committed now. Read them after their stock is locked: then neither a cut
 * of capacity nor a cancellation can come in between.
 */
export async function readSellable(client: Queryable, ticketTypeIds: string[]): Promise<Catalogue> {
  const { rows } = await client.query<Sellable & { now: Date }>({
    name: 'sellable',
    text: `
      select ${COLUMNS}, clock_timestamp() as now
      from events.sellable_ticket_types
      where ticket_type_id = any($1::uuid[])`,
    values: [ticketTypeIds],
  });
  return { now: rows[0]?.now ?? new Date(), sellable: new Map(rows.map((row) => [row.ticketTypeId, row])) };
}

/** All ticket types of an event, in their order; none if there is no such event. */
export async function readSellableOfEvent(client: Queryable, eventId: string): Promise<Sellable[]> {
  const { rows } = await client.query<Sellable>({
    name: 'sellable-of-event',
    text: `select ${COLUMNS} from events.sellable_ticket_types where event_id = $1 order by position`,
    values: [eventId],
  });
  return rows;
}

/** Which of these events exist. */
export async function existingEvents(client: Queryable, eventIds: string[]): Promise<Set<string>> {
  const { rows } = await client.query<{ event_id: string }>(
    'select distinct event_id from events.sellable_ticket_types where event_id = any($1::uuid[])',
    [eventIds],
  );
  return new Set(rows.map((row) => row.event_id));
}
