import { encodeCursor } from '@ticketing/service-kit/cursor';
import type pg from 'pg';
import { entityTag } from './entity-tag.ts';
import { isPublic, presentEvent, presentSummary, type StoredEvent, type StoredSummary } from './event.ts';
import { LISTED_PAGE, SEARCHED_PAGE } from './event-page.ts';
import { searchQuery } from './search/query.ts';

/** An answer's body as it goes out. It follows from what is stored, so whoever keeps it has to watch writes only. */
export interface FinishedBody {
  json: string | Buffer;
  etag: string;
}

export interface FinishedEvent extends FinishedBody {
  organizerId: string;
  /** False: to be shown to those only who may manage it, and to be kept by nobody. */
  isPublic: boolean;
}

/** The body of an event, in whatever status, or undefined if there is none with this id. */
export async function readEventBody(pool: pg.Pool, id: string): Promise<FinishedEvent | undefined> {
  const { rows } = await pool.query<EventRow>({
    name: 'read-event',
    text: `
      select ${SUMMARY_COLUMNS}, e.description, e.published_at as "publishedAt"
      from events e
      where e.id = $1`,
    values: [id],
  });
  return rows[0] && finishEvent(toStored(rows[0]));
}

/** The body that reading an event answers with. */
export function finishEvent(event: StoredEvent): FinishedEvent {
  return { ...finish(presentEvent(event)), organizerId: event.organizerId, isPublic: isPublic(event) };
}

export interface FinishedPage extends FinishedBody {
  /** When the first of its events will be over, and the page another one. */
  until?: Date;
}

export interface ListQuery {
  limit: number;
  /** Where the page before ended. */
  after?: PageEnd;
  q?: string;
  /** Events that end after this; never before now. */
  from: Date;
  /** Events that start before this. */
  to?: Date;
}

/** Sort key of the list. */
export interface PageEnd {
  startsAt: Date;
  id: string;
}

/**
 * The body of a page of published events, soonest first.
 *
 * Its cost is that of the page, however many events there are or are over: what is to come is read from the index on
 * (starts_at, id), and before it comes what is under way, which the index on time spans finds.
 */
export async function listEventsBody(pool: pg.Pool, query: ListQuery): Promise<FinishedPage> {
  const words = query.q === undefined ? undefined : searchQuery(query.q);
  // Punctuation alone asks for words that no event has.
  if (query.q?.trim() && words === undefined) return finish({ items: [], nextCursor: null });
  const { after, from, to, limit } = query;
  const toCome = after && after.startsAt > from ? after : { startsAt: from, id: LAST_ID };
  const parameters = [from, to ?? 'infinity', after?.startsAt ?? '-infinity', after?.id ?? FIRST_ID];
  const common = [...parameters, toCome.startsAt, toCome.id, limit + 1];
  // Named, so that it is planned once: what is read how far does not depend on the words.
  const { rows } = await pool.query<SummaryRow>(
    words === undefined
      ? { text: listSql(LISTED_PAGE), values: common }
      : { name: 'search-events', text: listSql(SEARCHED_PAGE), values: [...common, words] },
  );
  const events = rows.slice(0, limit).map(toStored);
  const last = events.at(-1);
  const body = finish({
    items: events.map(presentSummary),
    nextCursor: last && rows.length > limit ? encodeCursor([last.startsAt.toISOString(), last.id]) : null,
  });
  // Of all rows: the one beyond the page decides whether there is a next page.
  return rows.length === 0 ? body : { ...body, until: new Date(Math.min(...rows.map((row) => row.endsAt.getTime()))) };
}

const FIRST_ID = '00000000-0000-0000-0000-000000000000';
const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** `page` is a list of CTEs, of which `page` has the ids. */
function listSql(page: string): string {
  return `
    with ${page}
    select ${SUMMARY_COLUMNS}
    from page
    join events e using (id)
    order by e.starts_at, e.id`;
}

/** Ticket types come in the same statement, so that they belong to the same version. */
const SUMMARY_COLUMNS = `
  e.id,
  e.title,
  e.venue,
  e.timezone,
  e.starts_at as "startsAt",
  e.ends_at as "endsAt",
  e.currency,
  e.status,
  e.max_per_buyer as "maxPerBuyer",
  e.organizer_id as "organizerId",
  e.version,
  e.created_at as "createdAt",
  e.updated_at as "updatedAt",
  (
    select coalesce(
      json_agg(
        json_build_object(
          'id', t.id,
          'name', t.name,
          'description', t.description,
          'price', t.price,
          'capacity', t.capacity,
          'maxPerOrder', t.max_per_order,
          'maxPerBuyer', t.max_per_buyer,
          'salesStart', t.sales_start,
          'salesEnd', t.sales_end
        )
        order by t.position
      ),
      '[]'
    )
    from ticket_types t
    where t.event_id = e.id
  ) as "ticketTypes"`;

/** As stored, but for instants within JSON, which are text. */
type InJson<Row extends StoredSummary> = Omit<Row, 'ticketTypes'> & {
  ticketTypes: (Omit<Row['ticketTypes'][number], 'salesStart' | 'salesEnd'> & {
    salesStart: string | null;
    salesEnd: string | null;
  })[];
};
type SummaryRow = InJson<StoredSummary>;
type EventRow = InJson<StoredEvent>;

function toStored<Row extends SummaryRow>(row: Row) {
  const instant = (text: string | null) => (text === null ? null : new Date(text));
  return {
    ...row,
    ticketTypes: row.ticketTypes.map((type) => ({
      ...type,
      salesStart: instant(type.salesStart),
      salesEnd: instant(type.salesEnd),
    })),
  };
}

function finish(body: object): FinishedBody {
  const json = JSON.stringify(body);
  return { json, etag: entityTag(json) };
}
