import { inTransaction } from '@ticketing/service-kit/postgres';
import type { RefundReason } from '@ticketing/types/order';
import type pg from 'pg';
import { lockCheckedInTickets, type CheckedInTicket } from './check-in.ts';
import { lockOrders } from './lock-orders.ts';
import { insertEffects, type Effect } from './outbox.ts';
import { readRefunds, writeRefunds } from './refund-rows.ts';
import { requestRefund } from './refund-rules.ts';
import { addMove, lockStock, moveStock, type StockMoves } from './stock.ts';
import { voidTickets } from './tickets.ts';
import type { SettlingOrder, SettlingRefund } from './settling.ts';

/** What a refund was asked for came to. */
export type RefundAsked =
  | { kind: 'refunding' }
  | { kind: 'refunded' }
  | { kind: 'not-paid'; status: string }
  /** Left as it is: somebody was let in with these. */
  | { kind: 'checked-in'; tickets: CheckedInTicket[] };

/**
 * Sends what is left of the money of paid orders back: the tickets are void and the seats free at once, the money follows
 * through the outbox. Free orders are refunded on the spot. Orders that are not paid are left as they are, and said so;
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
    const charged = paid.filter(({ paidIntentId }) => paidIntentId !== null);
    const free = paid.filter(({ paidIntentId }) => paidIntentId === null);
    await setStatus(client, charged, 'refunding', reason);
    await setStatus(client, free, 'refunded', reason);
    const requested = await requestRefunds(client, charged, reason);
    await insertEffects(client, mailsOf({ charged, free, requested }, reason));
    const answer = new Map<string, RefundAsked>();
    for (const { id, status } of orders) answer.set(id, { kind: 'not-paid', status });
    for (const [id, tickets] of kept) answer.set(id, { kind: 'checked-in', tickets });
    for (const { id } of charged) answer.set(id, { kind: 'refunding' });
    for (const { id } of free) answer.set(id, { kind: 'refunded' });
    return answer;
  });
}

interface Refunded {
  charged: SettlingOrder[];
  free: SettlingOrder[];
  requested: SettlingRefund[];
}

/** Buyers of a cancelled event are told before the money is back; of other refunds, when it is, if there was any. */
function mailsOf({ charged, free, requested }: Refunded, reason: RefundReason): Effect[] {
  if (reason !== 'event-cancelled') return free.map(({ id }) => ({ kind: 'mail', mail: 'refunded', orderId: id }));
  const waiting = new Set(requested.map(({ orderId }) => orderId));
  return [...charged, ...free].map(({ id }) => ({
    kind: 'mail',
    mail: reason,
    orderId: id,
    ...(waiting.has(id) && { waitsForRefund: true }),
  }));
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

/** What went back by hand before is not given back again. */
async function requestRefunds(
  client: pg.ClientBase,
  orders: SettlingOrder[],
  reason: RefundReason,
): Promise<SettlingRefund[]> {
  if (orders.length === 0) return [];
  const refunds = await readRefunds(
    client,
    orders.map(({ id }) => id),
  );
  const requested = orders.flatMap(({ id: orderId, paidIntentId, total: amount, currency }) => {
    const payment = { orderId, paymentIntentId: paidIntentId ?? '', amount, currency };
    return requestRefund({ refunds }, payment, reason) ?? [];
  });
  await writeRefunds(client, refunds.values());
  await insertEffects(client, requested.map(refundEffect));
  return requested;
}

/** What has to be done at the provider for a refund. */
export function refundEffect(refund: SettlingRefund): Effect {
  const { id: refundId, orderId, paymentIntentId: intentId, amount, currency, reason } = refund;
  return { kind: 'refund', orderId, intentId, amount, currency, reason, refundId };
}
