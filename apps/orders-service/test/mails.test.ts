import type { EventCancellation } from '@ticketing/types/order';
import { waitUntil } from '@ticketing/testing/wait-until';
import { v7 as uuidv7 } from 'uuid';
import { expect, test } from 'vitest';
import { openForTest, paidOrder, startedOrder, untilStatus } from './orders.ts';
import type { Refusal, Shop } from './shop.ts';

const subjects = (mails: string[]) => mails.map((mail) => /^Subject: (.*)$/m.exec(mail)?.[1] ?? '').sort();

const untilMailed = (shop: Shop, count: number) =>
  waitUntil(`${count} mails`, async () => (await shop.mails()).length >= count);

const untilAllDone = (shop: Shop) =>
  waitUntil('all jobs to be done', async () => {
    const { rowCount } = await shop.admin.query('select from orders.outbox where done_at is null');
    return rowCount === 0;
  });

test('a free order and a paid one get their tickets by mail, once, though Stripe reports twice', async () => {
  const shop = await openForTest();
  const event = await shop.createEvent([{}]);
  const free = await shop.createEvent([{ price: 0 }]);
  shop.stripe.changeDelivery({ copies: 2 });
  const order = await paidOrder(shop, event);
  await shop.hold(shop.token(), free.eventId, [[free.ticketTypeId, 2]]);
  await untilMailed(shop, 2);
  await shop.stripe.delivered();
  await untilAllDone(shop);
  const mails = await shop.mails();
  expect(subjects(mails)).toEqual([expect.stringMatching(/^Your ticket:/), expect.stringMatching(/^Your tickets:/)]);
  const [ticket] = await shop.tickets(order.buyer, order.orderId);
  expect(mails.filter((mail) => mail.includes(ticket?.code ?? ''))).toHaveLength(1);
});

test('a refund is told when the money is back, a late payment at once', async () => {
  const shop = await openForTest();
  const event = await shop.createEvent([{ capacity: 1 }]);
  const late = await startedOrder(shop, event);
  await shop.admin.query(`update orders.payments set status = 'cancelled' where order_id = $1`, [late.orderId]);
  await shop.expire(late.orderId);
  await untilStatus(shop, late.buyer, late.orderId, 'expired');
  const order = await paidOrder(shop, event);
  shop.stripe.pay(late.intentId);
  await untilStatus(shop, late.buyer, late.orderId, 'refunded');
  await shop.call('POST', `/orders/${order.orderId}/refund`, { token: shop.token('admin') });
  await untilStatus(shop, order.buyer, order.orderId, 'refunded');
  await untilMailed(shop, 3);
  await untilAllDone(shop);
  expect(subjects(await shop.mails())).toEqual([
    expect.stringMatching(/^Your payment came too late/),
    expect.stringMatching(/^Your refund/),
    expect.stringMatching(/^Your ticket:/),
  ]);
});

test('a free order that is refunded is told so, without a word of money', async () => {
  const shop = await openForTest();
  const event = await shop.createEvent([{ price: 0 }]);
  const token = shop.token();
  const { body: order } = await shop.hold(token, event.eventId, [[event.ticketTypeId, 1]]);
  await shop.call('POST', `/orders/${order.id}/refund`, { token: shop.token('admin') });
  await untilAllDone(shop);
  const refund = (await shop.mails()).find((mail) => mail.includes('Subject: Your refund'));
  expect(refund).toBeDefined();
  expect(refund).not.toContain('goes back');
});

test('a cancelled event tells its progress to its organizer, and its end to every buyer once', async () => {
  const shop = await openForTest();
  const organizerId = uuidv7();
  const event = await shop.createEvent([{ capacity: 100 }], { organizerId });
  const progress = (token: string) =>
    shop.call<EventCancellation & Refusal>('GET', `/events/${event.eventId}/cancellation`, { token });
  const organizer = shop.token('organizer', organizerId);
  expect(await progress(organizer)).toMatchObject({ status: 409, body: { code: 'EVENT_STATE' } });
  await Promise.all(Array.from({ length: 10 }, () => paidOrder(shop, event)));
  await startedOrder(shop, event);
  await shop.cancelEvent(event.eventId);
  const done = await waitUntil('the refunds', async () => {
    const { body } = await progress(organizer);
    return body.status === 'finished' ? body : undefined;
  });
  expect(done).toMatchObject({ orders: { pending: 0, paid: 0, refunding: 0, refunded: 10, stuck: 0 } });
  expect((await progress(shop.token('organizer'))).status).toBe(404);
  expect((await progress(shop.token('customer'))).status).toBe(403);
  expect((await progress(shop.token('admin'))).status).toBe(200);
  await untilAllDone(shop);
  const cancelled = subjects(await shop.mails()).filter((subject) => subject.startsWith('Cancelled'));
  expect(cancelled).toHaveLength(10);
  expect(await shop.faults()).toEqual([]);
});

test('a refund that was given up is told as stuck', async () => {
  const shop = await openForTest();
  const organizerId = uuidv7();
  const event = await shop.createEvent([{}], { organizerId });
  await paidOrder(shop, event);
  await untilAllDone(shop);
  shop.stripe.failNext({ path: '/v1/refunds', status: 500, times: 100 });
  await shop.cancelEvent(event.eventId);
  await waitUntil('the refund to be parked', async () => {
    const { rowCount } = await shop.admin.query(
      `update orders.outbox set parked_at = now() where kind = 'refund' and attempts > 0 and locked_until is null`,
    );
    return rowCount === 1;
  });
  const token = shop.token('organizer', organizerId);
  const { body } = await shop.call<EventCancellation>('GET', `/events/${event.eventId}/cancellation`, { token });
  expect(body).toMatchObject({ status: 'finished', orders: { refunding: 0, refunded: 0, stuck: 1 } });
});
