import { randomUUID } from 'node:crypto';
import Stripe from 'stripe';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Order } from '@ticketing/types/order';
import { openShop, WEBHOOK_SECRET, type Refusal, type Shop } from './shop.ts';

let shop: Shop;
let replicas: string[];
beforeAll(async () => {
  shop = await openShop();
  replicas = [shop.url, await shop.startReplica(), await shop.startReplica()];
});
afterAll(async () => {
  expect(await shop.faults()).toEqual([]);
  await shop.close();
});

/** The replica that the request with this number goes to. */
const at = (index: number) => replicas[index % replicas.length] ?? shop.url;

test('three replicas sell no seat twice, and every seat', async () => {
  const { eventId, ticketTypeIds } = await shop.createEvent([{ capacity: 60 }, { capacity: 40 }]);
  const answers = await Promise.all(
    Array.from({ length: 300 }, (_, index) => {
      const lines = ticketTypeIds.map((ticketTypeId) => ({ ticketTypeId, quantity: 1 }));
      if (index % 2) lines.reverse();
      const body = { eventId, lines: index % 3 ? lines.slice(0, 1) : lines };
      return shop.call<Order & Refusal>('POST', '/orders', { token: shop.token(), body, at: at(index) });
    }),
  );
  for (const { status, body } of answers) if (status !== 201) expect(body.code).toBe('SOLD_OUT');
  expect(await shop.availability(eventId)).toMatchObject([{ available: 0 }, { available: 0 }]);
});

test('one idempotency key at three replicas makes one order', async () => {
  const { eventId, ticketTypeId } = await shop.createEvent();
  const options = {
    token: shop.token(),
    body: { eventId, lines: [{ ticketTypeId, quantity: 1 }] },
    headers: { 'idempotency-key': 'everywhere' },
  };
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, index) => shop.call<Order>('POST', '/orders', { ...options, at: at(index) })),
  );
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
});

test('one webhook at three replicas issues one set of tickets', async () => {
  const { eventId, ticketTypeId } = await shop.createEvent();
  const buyer = shop.token();
  const { body: order } = await shop.hold(buyer, eventId, [[ticketTypeId, 4]]);
  const object = { id: `pi_${randomUUID()}`, amount: order.total, currency: 'eur', metadata: { order_id: order.id } };
  const payload = JSON.stringify({ id: `evt_${randomUUID()}`, type: 'payment_intent.succeeded', data: { object } });
  const headers = { 'stripe-signature': Stripe.webhooks.generateTestHeaderString({ payload, secret: WEBHOOK_SECRET }) };
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, index) =>
      shop.call<{ outcome: string }>('POST', '/orders/webhook', { body: payload, headers, at: at(index) }),
    ),
  );
  expect(answers.map(({ body }) => body.outcome).filter((outcome) => outcome === 'paid')).toHaveLength(1);
  expect(await shop.tickets(buyer, order.id)).toHaveLength(4);
});
