import { inTransactionAfter, together, violatesUnique } from '@ticketing/service-kit/postgres';
import { present } from '@ticketing/service-kit/present';
import type pg from 'pg';
import { createBatcher, type Batcher } from './batcher.ts';
import { lockBuyerLimits } from './buyer-limits.ts';
import { isAway } from './isolate.ts';
import { ticketsMail } from './mails-due.ts';
import { insertEffects } from './outbox.ts';
import { decidePlacements, type Decision, type HoldRequest, type Market, type PlacedLine } from './placement.ts';
import { separateRepeats, type Repeats } from './repeats.ts';
import { existingEvents, readSellable } from './sellable.ts';
import { createStock, lockStock, moveStock } from './stock.ts';
import { insertTickets, newTickets } from './tickets.ts';

/** What became of a hold request. */
export type Placed =
  | {
      kind: 'placed';
      /** Paid at once, because it costs nothing. */
      isFree: boolean;
      orderId: string;
      lines: PlacedLine[];
      total: number;
      currency: string;
      createdAt: Date;
      expiresAt: Date;
    }
  | { kind: 'replayed'; orderId: string }
  | { kind: 'key-reused' }
  | { kind: 'unknown-event' }
  | Exclude<Decision, { kind: 'accepted' }>;

export interface PlacingOptions {
  /** How long a hold lasts. */
  holdSeconds: number;
  /** Open holds that a buyer may have of one event; 0: any number. */
  maxOpenHolds: number;
}

/** Orders in one transaction; measured on two cores, larger ones gain little and make everyone in them wait. */
const MAX_BATCH = 256;
/** Two: while one batch waits for its commit, the other is decided. */
const LANES = 2;
/** About a second's work; whoever comes later is better told at once. */
const MAX_WAITING = 10_000;

/**
 * Holds tickets for requests as they come: those that arrive while a batch is under way form the next one. Requests for
 * one event are served in order of arrival.
 */
export function createPlacing(pool: pg.Pool, options: PlacingOptions): Batcher<HoldRequest, Placed> {
  return createBatcher({
    name: 'hold',
    run: (requests: HoldRequest[]) => place(pool, requests, options),
    keyOf: ({ eventId }) => eventId,
    maxBatch: MAX_BATCH,
    lanes: LANES,
    maxWaiting: MAX_WAITING,
    failsAll: isAway,
  });
}

/**
 * Holds tickets for a batch of requests in one transaction: all or nothing for each, first come first served, and never
 * more than a ticket type's capacity, or than one buyer may have. A total of 0 is paid at once. A request with an
 * idempotency key that was used before becomes no second order.
 */
export async function place(pool: pg.Pool, requests: HoldRequest[], options: PlacingOptions): Promise<Placed[]> {
  const ticketTypeIds = [...new Set(requests.flatMap(({ lines }) => lines.map((line) => line.ticketTypeId)))];
  for (let attempt = 1; ; attempt++) {
    try {
      const tried = await inTransactionAfter(
        pool,
        (client) => lockAndRead(client, requests, ticketTypeIds),
        (client, known) => tryPlace(client, requests, known, options),
      );
      if (tried.kind === 'done') return tried.placed;
      // Made outside the transaction: inserting while other rows are locked would break the order of locks.
      await createStock(pool, tried.ticketTypeIds);
    } catch (error) {
      // The same key was used at the same time for another event: now its order can be seen.
      if (!violatesUnique(error, 'orders_buyer_id_idempotency_key_key') || attempt === MAX_ATTEMPTS) throw error;
    }
    if (attempt === MAX_ATTEMPTS) throw new Error('Stock rows that were just made are missing');
  }
}

/** One, one more with the stock rows made, and one for a key used elsewhere at the same time. */
const MAX_ATTEMPTS = 3;

type Attempt = { kind: 'done'; placed: Placed[] } | { kind: 'stock-missing'; ticketTypeIds: string[] };

type Known = Awaited<ReturnType<typeof lockAndRead>>;

/** Sent together, and done one after the other: whatever is read is read when the stock is locked. */
async function lockAndRead(client: pg.ClientBase, requests: HoldRequest[], ticketTypeIds: string[]) {
  const [stock, catalogue, separated] = await together([
    lockStock(client, ticketTypeIds),
    readSellable(client, ticketTypeIds),
    separateRepeats(client, requests),
  ]);
  return { stock, ...catalogue, ...separated };
}

async function tryPlace(
  client: pg.ClientBase,
  requests: HoldRequest[],
  { stock, now, sellable, fresh, repeats }: Known,
  { holdSeconds, maxOpenHolds }: PlacingOptions,
): Promise<Attempt> {
  const missing = [...sellable.keys()].filter((id) => !stock.has(id));
  if (missing.length > 0) return { kind: 'stock-missing', ticketTypeIds: missing };
  const { decisions, moves } = await decideWithinLimits(client, fresh, { now, sellable, stock }, maxOpenHolds);
  const expiresAt = new Date(now.getTime() + holdSeconds * 1000);
  const placed = new Map<HoldRequest, Placed>();
  fresh.forEach((request, index) => {
    const decision = present(decisions[index]);
    const times = { orderId: request.orderId, createdAt: now, expiresAt };
    placed.set(request, decision.kind === 'accepted' ? { ...decision, ...times, kind: 'placed' } : decision);
  });
  await together([moveStock(client, moves), insertOrders(client, placed)]);
  await nameUnknownEvents(client, placed);
  return { kind: 'done', placed: requests.map((request) => answer(request, repeats, placed)) };
}

/** Asks what buyers have only if someone can have something: once all is sold out, limits cost nothing. */
async function decideWithinLimits(
  client: pg.ClientBase,
  requests: HoldRequest[],
  market: Market,
  maxOpenHolds: number,
) {
  const withoutLimits = decidePlacements(requests, market);
  const isAnyAccepted = withoutLimits.decisions.some(({ kind }) => kind === 'accepted');
  const limits = isAnyAccepted && (await lockBuyerLimits(client, requests, { ...market, maxOpenHolds }));
  return limits ? decidePlacements(requests, { ...market, limits }) : withoutLimits;
}

function answer(request: HoldRequest, repeats: Repeats, placed: Map<HoldRequest, Placed>): Placed {
  const earlier = repeats.get(request);
  if (!earlier) return present(placed.get(request));
  if (!earlier.requestHash.equals(request.idempotency?.requestHash ?? Buffer.alloc(0))) return { kind: 'key-reused' };
  const first = earlier.inBatch && placed.get(earlier.inBatch);
  // A refusal is no order: whoever repeats the request in the same batch is refused alike.
  return first && first.kind !== 'placed' ? first : { kind: 'replayed', orderId: earlier.orderId };
}

/** One statement for all orders of the batch, their lines, and the tickets of those that cost nothing. */
async function insertOrders(client: pg.ClientBase, placed: Map<HoldRequest, Placed>): Promise<void> {
  const orders = [...placed].flatMap(([request, result]) => (result.kind === 'placed' ? [{ request, ...result }] : []));
  const [first] = orders;
  if (!first) return;
  const lines = orders.flatMap((order) =>
    order.lines.map((line, position) => ({ ...line, position, id: order.orderId })),
  );
  await client.query({
    name: 'insert-orders',
    text: `
      with placed as (
        insert into orders (
          id, buyer_id, event_id, email, status, total, currency, idempotency_key, request_hash,
          created_at, expires_at, paid_at
        )
        select *, $10::timestamptz, $11::timestamptz, case when o.status = 'paid' then $10::timestamptz end
        from unnest(
          $1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::int[], $7::text[], $8::text[], $9::bytea[]
        ) as o (id, buyer_id, event_id, email, status, total, currency, idempotency_key, request_hash)
      )
      insert into order_lines (order_id, position, ticket_type_id, name, quantity, unit_price)
      select * from unnest($12::uuid[], $13::smallint[], $14::uuid[], $15::text[], $16::int[], $17::int[])`,
    values: [
      orders.map(({ orderId }) => orderId),
      orders.map(({ request }) => request.buyerId),
      orders.map(({ request }) => request.eventId),
      orders.map(({ request }) => request.email),
      orders.map(({ isFree }) => (isFree ? 'paid' : 'pending')),
      orders.map(({ total }) => total),
      orders.map(({ currency }) => currency),
      orders.map(({ request }) => request.idempotency?.key ?? null),
      orders.map(({ request }) => request.idempotency?.requestHash ?? null),
      first.createdAt,
      first.expiresAt,
      lines.map(({ id }) => id),
      lines.map(({ position }) => position),
      lines.map(({ ticketTypeId }) => ticketTypeId),
      lines.map(({ name }) => name),
      lines.map(({ quantity }) => quantity),
      lines.map(({ unitPrice }) => unitPrice),
    ],
  });
  const free = orders.filter(({ isFree }) => isFree);
  await insertTickets(
    client,
    free.flatMap(({ orderId, lines }) => newTickets(orderId, lines)),
  );
  await insertEffects(
    client,
    free.map(({ orderId }) => ticketsMail(orderId)),
  );
}

/** Tells an event that does not exist from a ticket type that is not the event's; a rare case, so asked for apart. */
async function nameUnknownEvents(client: pg.ClientBase, placed: Map<HoldRequest, Placed>): Promise<void> {
  const unsure = [...placed].filter(([, { kind }]) => kind === 'unknown-ticket-type').map(([request]) => request);
  if (unsure.length === 0) return;
  const existing = await existingEvents(client, [...new Set(unsure.map(({ eventId }) => eventId))]);
  for (const request of unsure) {
    if (!existing.has(request.eventId)) placed.set(request, { kind: 'unknown-event' });
  }
}
