import { inTransaction } from '@ticketing/service-kit/postgres';
import type { RefundReason } from '@ticketing/types/order';
import type pg from 'pg';
import { lockCheckedInTickets, type CheckedInTicket } from './check-in.ts';
import { insertEffects, type Effect } from './outbox.ts';
import { addMove, lockStock, moveStock, type StockMoves } from './stock.ts';
import { lockOrders } from './settle.ts';
import type { SettlingOrder } from './settlement.ts';
import { voidTickets } from './tickets.ts';

/** What a refund was asked for came to. */
export type RefundAsked =
  | { kind: 'refunding' }
  | { kind: 'refunded' }
  | { kind: 'not-paid'; status: string }
  /** Left as it is: somebody was let in with these. */
  | { kind: 'checked-in'; tickets: CheckedInTicket[] };

/**
 * Sends the money of paid orders back: the tickets are void and the seats free at once, the money follows through the
 * outbox. Free orders are refunded on the spot. Orders that are not paid are left as they are, and said so;
 * with `includeCheckedIn: false`, so are those with a ticket that was checked in.
 */
export async function refundOrders(
  pool: pg.Pool,
  orderIds: string[],
  reason: RefundReason,
  { includeCheckedIn = true }: { includeCheckedIn?: boolean } = {},
): Promise<Map<string, RefundAsked>> {
  return inTransaction(pool, async (client) => {
    const orders = [...(await lockOrders(client, orderIds)).values()];
    // Decided under the tickets' locks: of a refund and a check-in at the same moment exactly one happens.
    const checkedIn = includeCheckedIn ? [] : await lockCheckedInTickets(client, orderIds);
    const kept = Map.groupBy(checkedIn, ({ orderId }) => orderId);
    const paid = orders.filter(({ id, status }) => status === 'paid' && !kept.has(id));
    await freeSeats(client, paid);
    await voidTickets(
      client,
      paid.map(({ id }) => id),
    );
    const charged = paid.flatMap((order) => (order.paidIntentId ? [{ ...order, intentId: order.paidIntentId }] : []));
    const free = paid.filter(({ paidIntentId }) => !paidIntentId);
    await setStatus(client, charged, 'refunding', reason);
    await setStatus(client, free, 'refunded', reason);
    await insertRefunds(client, charged, reason);
    await insertEffects(client, mailsOf({ charged, free }, reason));
    const answer = new Map<string, RefundAsked>();
    for (const { id, status } of orders) answer.set(id, { kind: 'not-paid', status });
    for (const [id, tickets] of kept) answer.set(id, { kind: 'checked-in', tickets });
    for (const { id } of charged) answer.set(id, { kind: 'refunding' });
    for (const { id } of free) answer.set(id, { kind: 'refunded' });
    return answer;
  });
}

/** Buyers of a cancelled event are told at once; of other refunds, when the money is back, if there was any. */
function mailsOf(orders: { charged: SettlingOrder[]; free: SettlingOrder[] }, reason: RefundReason): Effect[] {
  const isCancellation = reason === 'event-cancelled';
  const told = isCancellation ? [...orders.charged, ...orders.free] : orders.free;
  return told.map(({ id }) => ({ kind: 'mail', mail: isCancellation ? 'event-cancelled' : 'refunded', orderId: id }));
}

async function freeSeats(client: pg.ClientBase, orders: SettlingOrder[]): Promise<void> {
  const moves: StockMoves = new Map();
  for (const { lines } of orders) {
    for (const { ticketTypeId, quantity } of lines) addMove(moves, ticketTypeId, { held: 0, sold: -quantity });
  }
  await lockStock(client, [...moves.keys()]);
  await moveStock(client, moves);
}

async function setStatus(
  client: pg.ClientBase,
  orders: SettlingOrder[],
  status: string,
  reason: RefundReason,
): Promise<void> {
  if (orders.length === 0) return;
  await client.query(
    `update orders set status = $2, refund_reason = $3 where id = any($1::uuid[]) and status = 'paid'`,
    [orders.map(({ id }) => id), status, reason],
  );
}

async function insertRefunds(
  client: pg.ClientBase,
  orders: (SettlingOrder & { intentId: string })[],
  reason: RefundReason,
): Promise<void> {
  if (orders.length === 0) return;
  const effects: Effect[] = orders.map(({ id, intentId, total, currency }) => ({
    kind: 'refund',
    orderId: id,
    intentId,
    amount: total,
    currency,
    reason,
  }));
  await client.query(
    `insert into refunds (order_id, payment_intent_id, amount, currency, reason, status)
     select *, $5, 'requested' from unnest($1::uuid[], $2::text[], $3::int[], $4::text[])
     on conflict (order_id, payment_intent_id) do nothing`,
    [
      orders.map(({ id }) => id),
      orders.map(({ intentId }) => intentId),
      orders.map(({ total }) => total),
      orders.map(({ currency }) => currency),
      reason,
    ],
  );
  await insertEffects(client, effects);
}
