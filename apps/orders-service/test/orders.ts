import { waitUntil } from '@ticketing/testing/wait-until';
import type { Order } from '@ticketing/types/order';
import { onTestFinished } from 'vitest';
import { openShop, type Shop } from './shop.ts';

/** A shop that the running test has to itself. */
export async function openForTest(settings: Record<string, string> = {}): Promise<Shop> {
  const shop = await openShop(settings);
  onTestFinished(shop.close);
  return shop;
}

/** What there is to buy. */
export interface OnSale {
  eventId: string;
  ticketTypeId: string;
}

/** An order whose payment was started, at Stripe by the id `intentId`. */
export interface StartedOrder extends OnSale {
  buyer: string;
  orderId: string;
  intentId: string;
}

/** An order, of one ticket unless said otherwise, that is about to be paid. */
export async function startedOrder(shop: Shop, { eventId, ticketTypeId }: OnSale, quantity = 1): Promise<StartedOrder> {
  const buyer = shop.token();
  const { body: order } = await shop.hold(buyer, eventId, [[ticketTypeId, quantity]]);
  const { body } = await shop.startPayment(buyer, order.id);
  return { eventId, ticketTypeId, buyer, orderId: order.id, intentId: body.payment?.intentId ?? '' };
}

/** An order of one ticket that is paid. */
export async function paidOrder(shop: Shop, onSale: OnSale): Promise<StartedOrder> {
  const order = await startedOrder(shop, onSale);
  shop.stripe.pay(order.intentId);
  await untilStatus(shop, order.buyer, order.orderId, 'paid');
  return order;
}

/** The order, once it has come to `status`. */
export function untilStatus(
  shop: Shop,
  buyer: string,
  orderId: string,
  status: Order['status'],
  timeoutMs = 10_000,
): Promise<Order> {
  const order = async () => {
    const found = await shop.order(buyer, orderId);
    return found.status === status ? found : undefined;
  };
  return waitUntil(`the order to be ${status}`, order, { timeoutMs });
}

/** How an order's job stands; undefined if it has none of the kind. */
export async function jobOf(shop: Shop, orderId: string, kind: 'refund' | 'cancel-payment') {
  const { rows } = await shop.admin.query<{
    fault: string | null;
    failures: number;
    attempts: number;
    parked_at: Date | null;
  }>('select fault, failures, attempts, parked_at from orders.outbox where kind = $2 and order_id = $1', [
    orderId,
    kind,
  ]);
  return rows[0];
}
