import { together } from '@ticketing/service-kit/postgres';
import type pg from 'pg';
import { usageKey, type BuyerLimits, type BuyerUsage } from './buyer-limit-rules.ts';
import type { HoldRequest } from './placement.ts';
import type { Sellable } from './sellable.ts';

/** What a batch of holds is about, as it was read under the locks of the stock. */
export interface LimitsContext {
  /** Open holds that a buyer may have of one event; 0: any number. */
  maxOpenHolds: number;
  sellable: Map<string, Sellable>;
  now: Date;
}

/**
 * What the buyers of these requests have, where a limit applies; undefined, and nothing is asked, where none does. Until the
 * transaction ends, nobody else counts or adds to it. The stock must be locked.
 */
export async function lockBuyerLimits(
  client: pg.ClientBase,
  requests: HoldRequest[],
  context: LimitsContext,
): Promise<BuyerLimits | undefined> {
  const { maxOpenHolds, sellable } = context;
  const known = requests.filter(({ eventId, lines }) =>
    lines.some(({ ticketTypeId }) => sellable.get(ticketTypeId)?.eventId === eventId),
  );
  const ticketLimited = known.filter(({ lines }) => lines.some((line) => hasLimit(sellable.get(line.ticketTypeId))));
  const limited = maxOpenHolds > 0 ? known : ticketLimited;
  if (limited.length === 0) return undefined;
  const [, usage] = await together([
    lockLimitsOfEvents(client, [...new Set(limited.map(({ eventId }) => eventId))]),
    readUsage(client, {
      holders: maxOpenHolds > 0 ? distinct(known) : [],
      owners: distinct(ticketLimited),
      now: context.now,
    }),
  ]);
  return { maxOpenHolds, usage };
}

function hasLimit(sellable: Sellable | undefined): boolean {
  return sellable !== undefined && (sellable.maxPerBuyer !== null || sellable.eventMaxPerBuyer !== null);
}

/**
 * Two holds of one buyer for different ticket types of an event share no row of stock, so counting needs a lock of its own.
 * One for the event and not one for each buyer: a batch for a hot event takes one lock and not 256 (Postgres has room for
 * some 6,400 in all), and no time is lost, since within a process holds of an event are never in two batches at once, and in
 * several processes they mostly want the same stock. Always after the stock and in the order of the keys, so that nobody
 * waits in a circle; a statement of its own, so that the next one sees what was committed while this one waited.
 */
async function lockLimitsOfEvents(client: pg.ClientBase, eventIds: string[]): Promise<void> {
  const keys = eventIds.map(lockKey).sort((a, b) => (a < b ? -1 : Number(a > b)));
  await client.query({
    name: 'lock-buyer-limits',
    text: 'select pg_advisory_xact_lock(key) from unnest($1::bigint[]) as key',
    values: [keys.map(String)],
  });
}

/** The random half of a UUID. Two events with the same key would take turns, and nothing worse. */
function lockKey(eventId: string): bigint {
  return BigInt.asIntN(64, BigInt(`0x${eventId.replaceAll('-', '').slice(16)}`));
}

/**
 * One statement: the open holds of `holders`, and the tickets of `owners`. Each part is a loop over them through an index,
 * whatever the planner knows of the tables: `offset 0` keeps it from taking the index of the event's orders, of which there
 * may be a hundred thousand.
 */
async function readUsage(
  client: pg.ClientBase,
  { holders, owners, now }: { holders: Buyer[]; owners: Buyer[]; now: Date },
): Promise<Map<string, BuyerUsage>> {
  const { rows } = await client.query<UsageRow>({
    name: 'buyer-usage',
    text: `
      select b.buyer_id as "buyerId", b.event_id as "eventId", null::uuid as "ticketTypeId", h.count
      from unnest($1::uuid[], $2::uuid[]) as b (buyer_id, event_id)
      cross join lateral (
        select count(*)::int as count
        from orders o
        where o.buyer_id = b.buyer_id and o.event_id = b.event_id and o.status = 'pending' and o.expires_at > $5
      ) h
      where h.count > 0
      union all
      select b.buyer_id, b.event_id, t.ticket_type_id, t.count
      from unnest($3::uuid[], $4::uuid[]) as b (buyer_id, event_id)
      cross join lateral (
        select l.ticket_type_id, sum(l.quantity)::int as count
        from (
          select o.id, o.event_id from orders o where o.buyer_id = b.buyer_id and o.status in ('pending', 'paid') offset 0
        ) o
        cross join lateral (select * from order_lines l where l.order_id = o.id offset 0) l
        where o.event_id = b.event_id
        group by l.ticket_type_id
      ) t`,
    values: [
      holders.map(({ buyerId }) => buyerId),
      holders.map(({ eventId }) => eventId),
      owners.map(({ buyerId }) => buyerId),
      owners.map(({ eventId }) => eventId),
      now,
    ],
  });
  const usage = new Map<string, BuyerUsage>();
  for (const { ticketTypeId, count, ...buyer } of rows) {
    const key = usageKey(buyer);
    const own = usage.get(key) ?? { openHolds: 0, tickets: new Map<string, number>() };
    usage.set(key, own);
    if (ticketTypeId === null) own.openHolds = count;
    else own.tickets.set(ticketTypeId, count);
  }
  return usage;
}

/** Of one event. */
type Buyer = Pick<HoldRequest, 'buyerId' | 'eventId'>;

interface UsageRow extends Buyer {
  /** Null: the count is of open holds. */
  ticketTypeId: string | null;
  count: number;
}

/** Each buyer of an event once. */
function distinct(requests: Buyer[]): Buyer[] {
  return [...new Map(requests.map((request) => [usageKey(request), request])).values()];
}
