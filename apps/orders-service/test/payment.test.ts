import { createHmac, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { v7 as uuidv7 } from 'uuid';
import { present } from '@ticketing/service-kit/present';
import { waitUntil } from '@ticketing/testing/wait-until';
import type { Order } from '@ticketing/types/order';
import { openShop, WEBHOOK_SECRET, type Shop, type Refusal } from './shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(async () => {
  expect(await shop.faults()).toEqual([]);
  await shop.close();
});

/** A buyer with a pending order and a started payment. */
async function buyerAboutToPay({ capacity = 10, quantity = 2 } = {}) {
  const event = await shop.createEvent([{ capacity }]);
  const buyer = shop.token();
  const { body: order } = await shop.hold(buyer, event.eventId, [[event.ticketTypeId, quantity]]);
  const { body: started } = await shop.startPayment(buyer, order.id);
  return { ...event, buyer, order, intentId: present(started.payment).intentId };
}

function untilStatus(buyer: string, orderId: string, status: Order['status']): Promise<Order> {
  return waitUntil(`the order to be ${status}`, async () => {
    const order = await shop.order(buyer, orderId);
    return order.status === status ? order : undefined;
  });
}

describe('paying', () => {
  test('a paid intent turns the hold into a sale with one ticket for each seat', async () => {
    const { buyer, order, intentId, eventId } = await buyerAboutToPay();
    shop.stripe.pay(intentId);
    const paid = await untilStatus(buyer, order.id, 'paid');
    expect(paid.payment).toEqual({ provider: 'stripe', intentId, clientSecret: null, status: 'succeeded' });
    expect(paid.paidAt).not.toBeNull();
    const tickets = await shop.tickets(buyer, order.id);
    expect(tickets.map(({ status }) => status)).toEqual(['valid', 'valid']);
    expect(new Set(tickets.map(({ code }) => code)).size).toBe(2);
    expect(await shop.availability(eventId)).toMatchObject([{ held: 0, sold: 2 }]);
  });

  test('starting twice, even at once, gives the same intent with the order’s amount', async () => {
    const event = await shop.createEvent();
    const buyer = shop.token();
    const { body: order } = await shop.hold(buyer, event.eventId, [[event.ticketTypeId, 2]]);
    const starts = await Promise.all(Array.from({ length: 10 }, () => shop.startPayment(buyer, order.id)));
    for (const { status } of starts) expect([200, 409]).toContain(status);
    const again = await shop.startPayment(buyer, order.id);
    const intents = shop.stripe.books().paymentIntents.filter((intent) => intent.metadata.order_id === order.id);
    expect(intents).toHaveLength(1);
    expect(intents[0]).toMatchObject({ id: again.body.payment?.intentId, amount: 5000, currency: 'eur' });
    expect(again.body.payment?.clientSecret).toContain('_secret_');
  });

  test('a declined card leaves the hold, and another card pays', async () => {
    const { buyer, order, intentId } = await buyerAboutToPay();
    shop.stripe.pay(intentId, 'declined');
    await waitUntil(
      'the failure to arrive',
      async () => (await shop.order(buyer, order.id)).payment?.status === 'failed',
    );
    expect((await shop.order(buyer, order.id)).status).toBe('pending');
    shop.stripe.pay(intentId);
    await untilStatus(buyer, order.id, 'paid');
  });

  test('Stripe failing is told, loses nothing, and the next attempt works', async () => {
    const event = await shop.createEvent();
    const buyer = shop.token();
    const { body: order } = await shop.hold(buyer, event.eventId, [[event.ticketTypeId, 1]]);
    shop.stripe.failNext({ status: 500, times: 2 });
    const failed = await shop.startPayment(buyer, order.id);
    expect([failed.status, failed.body.code, failed.headers.get('retry-after')]).toEqual([503, 'UNAVAILABLE', '2']);
    const started = await shop.startPayment(buyer, order.id);
    expect(started.status).toBe(200);
  });

  test('an order that is over, paid or someone else’s cannot be paid', async () => {
    const { buyer, order } = await buyerAboutToPay();
    expect((await shop.startPayment(shop.token(), order.id)).status).toBe(404);
    await shop.expire(order.id);
    const late = await shop.startPayment(buyer, order.id);
    expect([late.status, late.body.code]).toEqual([409, 'ORDER_STATE']);
  });
});

describe('a webhook', () => {
  /** Signed by hand, as https://docs.stripe.com/webhooks#verify-manually says, not by Stripe's code. */
  function deliver(event: object | string, { secret = WEBHOOK_SECRET, ageSeconds = 0 } = {}) {
    const body = typeof event === 'string' ? event : JSON.stringify(event);
    const time = Math.floor(Date.now() / 1000) - ageSeconds;
    const signature = createHmac('sha256', secret).update(`${time}.${body}`).digest('hex');
    return shop.call<{ outcome: string } & Refusal>('POST', '/orders/webhook', {
      body,
      headers: { 'stripe-signature': `t=${time},v1=${signature}` },
    });
  }

  const succeeded = (order: Order, object: object = {}) => ({
    id: `evt_${randomUUID()}`,
    object: 'event',
    type: 'payment_intent.succeeded',
    created: Math.floor(Date.now() / 1000),
    data: {
      object: {
        id: `pi_${randomUUID()}`,
        amount: order.total,
        currency: order.currency.toLowerCase(),
        metadata: { order_id: order.id },
        ...object,
      },
    },
  });

  async function pendingOrder() {
    const event = await shop.createEvent();
    const buyer = shop.token();
    const { body: order } = await shop.hold(buyer, event.eventId, [[event.ticketTypeId, 3]]);
    return { ...event, buyer, order };
  }

  test('delivered 20 times at once issues one set of tickets', async () => {
    const { buyer, order } = await pendingOrder();
    const event = succeeded(order);
    const answers = await Promise.all(Array.from({ length: 20 }, () => deliver(event)));
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(answers.filter(({ body }) => body.outcome === 'paid')).toHaveLength(1);
    expect(answers.filter(({ body }) => body.outcome === 'duplicate')).toHaveLength(19);
    expect(await shop.tickets(buyer, order.id)).toHaveLength(3);
  });

  test('about the same payment under another id issues no second ticket', async () => {
    const { buyer, order } = await pendingOrder();
    await deliver(succeeded(order, { id: 'pi_same' }));
    expect((await deliver(succeeded(order, { id: 'pi_same' }))).body.outcome).toBe('duplicate');
    expect(await shop.tickets(buyer, order.id)).toHaveLength(3);
  });

  test('unsigned, wrongly signed, altered or older than 300 s is refused and changes nothing', async () => {
    const { buyer, order } = await pendingOrder();
    const event = succeeded(order);
    const unsigned = await shop.call<Refusal>('POST', '/orders/webhook', { body: event });
    const forged = await deliver(event, { secret: 'whsec_of_someone_else' });
    const old = await deliver(event, { ageSeconds: 301 });
    const garbage = await deliver('not json');
    for (const { status, body } of [unsigned, forged, old, garbage]) {
      expect([status, body.code]).toEqual([400, 'MALFORMED_REQUEST']);
    }
    expect((await shop.order(buyer, order.id)).status).toBe('pending');
    expect((await deliver(event, { ageSeconds: 290 })).body.outcome).toBe('paid');
  });

  test('with another amount or currency is kept with its reason and settles nothing', async () => {
    const { buyer, order } = await pendingOrder();
    const less = succeeded(order, { amount: 1 });
    const other = succeeded(order, { currency: 'usd' });
    expect((await deliver(less)).body.outcome).toBe('rejected');
    expect((await deliver(other)).body.outcome).toBe('rejected');
    expect((await deliver(less)).body.outcome).toBe('rejected');
    expect((await shop.order(buyer, order.id)).status).toBe('pending');
    const { rows } = await shop.admin.query(
      'select reason, outcome from orders.payment_events where event_id = any($1)',
      [[less.id, other.id]],
    );
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatchObject({ reason: 'amount-mismatch', outcome: { orderId: order.id } });
  });

  test('about an unknown order, or that cannot be read, is kept, and answered 200', async () => {
    const { order } = await pendingOrder();
    const unknown = succeeded({ ...order, id: uuidv7() });
    const missingAmount = succeeded(order, { amount: undefined, note: 'a\u0000b \ud800' });
    const hugeAmount = succeeded(order, { amount: 2 ** 50 });
    const strangeId = succeeded(order, { id: 'pi_\u0000' });
    const all = [unknown, missingAmount, hugeAmount, strangeId];
    for (const event of all) {
      const { status, body } = await deliver(event);
      expect([status, body.outcome]).toEqual([200, 'rejected']);
    }
    const ids = all.map(({ id }) => id);
    const { rows } = await shop.admin.query<{ reason: string }>(
      `select reason from orders.payment_events where event_id = any($1) and result = 'rejected'`,
      [ids],
    );
    expect(rows).toHaveLength(all.length);
  });

  test('of a type without consequences, or not about an order of ours, is answered 200', async () => {
    expect(
      (await deliver({ id: 'evt_1', type: 'customer.created', data: { object: { id: 'cus_1' } } })).body.outcome,
    ).toBe('ignored');
    const { order } = await pendingOrder();
    expect((await deliver(succeeded(order, { metadata: {} }))).body.outcome).toBe('ignored');
    const dispute = {
      id: 'evt_dispute',
      type: 'charge.dispute.created',
      data: {
        object: { id: 'dp_1', payment_intent: 'pi_x', amount: 1, currency: 'eur', metadata: { order_id: order.id } },
      },
    };
    expect((await deliver(dispute)).body.outcome).toBe('noted');
  });

  test('of a second payment of a paid order sends that money back', async () => {
    const { buyer, order, intentId } = await buyerAboutToPay();
    shop.stripe.pay(intentId);
    await untilStatus(buyer, order.id, 'paid');
    expect((await deliver(succeeded(order, { id: 'pi_second' }))).body.outcome).toBe('refund-due');
    const { rows } = await shop.admin.query<{ reason: string }>(
      'select reason from orders.refunds where order_id = $1 and payment_intent_id = $2',
      [order.id, 'pi_second'],
    );
    expect(rows).toEqual([{ reason: 'paid-twice' }]);
    expect((await shop.order(buyer, order.id)).status).toBe('paid');
  });

  test('of a refund that overtakes the payment’s ends in a refunded order', async () => {
    const { buyer, order, eventId } = await pendingOrder();
    const refund = {
      id: `evt_${randomUUID()}`,
      type: 'refund.updated',
      data: {
        object: {
          id: 're_early',
          payment_intent: { id: 'pi_early' },
          amount: order.total,
          status: 'succeeded',
          currency: 'eur',
          metadata: { order_id: order.id },
        },
      },
    };
    await deliver(refund);
    expect((await deliver(succeeded(order, { id: 'pi_early' }))).body.outcome).toBe('refunded');
    expect(await shop.order(buyer, order.id)).toMatchObject({ status: 'refunded', refundReason: 'at-provider' });
    expect(await shop.availability(eventId)).toMatchObject([{ held: 0, sold: 0 }]);
  });
});

describe('a payment that comes too late', () => {
  async function expiredWithPaymentUnderWay(capacity: number) {
    const started = await buyerAboutToPay({ capacity });
    // Nobody asks Stripe while the order is released: the buyer pays at the last moment.
    shop.stripe.changeDelivery({ paused: true });
    await shop.admin.query(`update orders.payments set status = 'cancelled' where order_id = $1`, [started.order.id]);
    await shop.expire(started.order.id);
    await untilStatus(started.buyer, started.order.id, 'expired');
    return started;
  }

  test('takes the seats again while there are some', async () => {
    const { buyer, order, intentId, eventId } = await expiredWithPaymentUnderWay(10);
    shop.stripe.pay(intentId);
    shop.stripe.changeDelivery({ paused: false });
    await untilStatus(buyer, order.id, 'paid');
    expect(await shop.tickets(buyer, order.id)).toHaveLength(2);
    expect(await shop.availability(eventId)).toMatchObject([{ held: 0, sold: 2 }]);
  });

  test('is refunded once when the seats are gone, and the buyer is told why', async () => {
    const { buyer, order, intentId, eventId, ticketTypeId } = await expiredWithPaymentUnderWay(2);
    expect((await shop.hold(shop.token(), eventId, [[ticketTypeId, 1]])).status).toBe(201);
    shop.stripe.pay(intentId);
    shop.stripe.changeDelivery({ paused: false, copies: 3 });
    const refunded = await untilStatus(buyer, order.id, 'refunded');
    expect(refunded.refundReason).toBe('sold-out');
    await shop.stripe.delivered();
    shop.stripe.changeDelivery({ copies: 1 });
    expect(shop.stripe.books().refunds.filter((refund) => refund.payment_intent === intentId)).toHaveLength(1);
    expect(await shop.tickets(buyer, order.id)).toEqual([]);
  });
});

describe('a hold that is over with a payment started', () => {
  test('is released only after Stripe has cancelled the payment', async () => {
    const { buyer, order, intentId, eventId } = await buyerAboutToPay();
    shop.stripe.failNext({ path: `/v1/payment_intents/${intentId}/cancel`, status: 500, times: 2 });
    await shop.expire(order.id);
    await untilStatus(buyer, order.id, 'expired');
    expect(shop.stripe.books().paymentIntents.find(({ id }) => id === intentId)?.status).toBe('canceled');
    expect(await shop.availability(eventId)).toMatchObject([{ held: 0, sold: 0 }]);
  });

  test('is sold when Stripe says that the money came, though no webhook did', async () => {
    const { buyer, order, intentId } = await buyerAboutToPay();
    shop.stripe.changeDelivery({ paused: true });
    shop.stripe.pay(intentId);
    await shop.expire(order.id);
    await untilStatus(buyer, order.id, 'paid');
    shop.stripe.changeDelivery({ paused: false });
    await shop.stripe.delivered();
    expect(await shop.tickets(buyer, order.id)).toHaveLength(2);
  });
});

describe('cancelling', () => {
  test('gives the seats back, cancels a started payment, and works once', async () => {
    const { buyer, order, intentId, eventId } = await buyerAboutToPay();
    const cancel = () => shop.call<Order & Refusal>('POST', `/orders/${order.id}/cancel`, { token: buyer });
    expect((await shop.call('POST', `/orders/${order.id}/cancel`, { token: shop.token() })).status).toBe(404);
    expect((await cancel()).body.status).toBe('cancelled');
    expect(shop.stripe.books().paymentIntents.find(({ id }) => id === intentId)?.status).toBe('canceled');
    expect(await shop.availability(eventId)).toMatchObject([{ held: 0 }]);
    const again = await cancel();
    expect([again.status, again.body.code]).toEqual([409, 'ORDER_STATE']);
  });

  test('an order whose money has come in the meantime leaves it paid', async () => {
    const { buyer, order, intentId } = await buyerAboutToPay();
    shop.stripe.changeDelivery({ paused: true });
    shop.stripe.pay(intentId);
    const { status, body } = await shop.call<Refusal>('POST', `/orders/${order.id}/cancel`, { token: buyer });
    shop.stripe.changeDelivery({ paused: false });
    expect([status, body.code, body.orderStatus]).toEqual([409, 'ORDER_STATE', 'paid']);
  });
});

describe('refunding', () => {
  async function paidOrder(organizerId = uuidv7()) {
    const event = await shop.createEvent([{}], { organizerId });
    const buyer = shop.token();
    const { body: order } = await shop.hold(buyer, event.eventId, [[event.ticketTypeId, 2]]);
    const intentId = present((await shop.startPayment(buyer, order.id)).body.payment).intentId;
    shop.stripe.pay(intentId);
    await untilStatus(buyer, order.id, 'paid');
    return { ...event, buyer, order, intentId, organizer: shop.token('organizer', organizerId) };
  }

  test('voids the tickets and frees the seats at once, and the money follows once', async () => {
    const { buyer, order, organizer, eventId, intentId } = await paidOrder();
    shop.stripe.failNext({ path: '/v1/refunds', status: 500, times: 2 });
    const { status, body } = await shop.call<Order>('POST', `/orders/${order.id}/refund`, { token: organizer });
    expect(status).toBe(202);
    expect(['refunding', 'refunded']).toContain(body.status);
    expect((await shop.tickets(buyer, order.id)).map((ticket) => ticket.status)).toEqual(['void', 'void']);
    expect(await shop.availability(eventId)).toMatchObject([{ sold: 0 }]);
    expect((await untilStatus(buyer, order.id, 'refunded')).refundReason).toBe('requested');
    expect(shop.stripe.books().refunds.filter((refund) => refund.payment_intent === intentId)).toHaveLength(1);
    const again = await shop.call<Refusal>('POST', `/orders/${order.id}/refund`, { token: organizer });
    expect([again.status, again.body.code]).toEqual([409, 'ORDER_STATE']);
  });

  test('is for the event’s organizer and admins', async () => {
    const { buyer, order } = await paidOrder();
    const refund = (token: string) => shop.call('POST', `/orders/${order.id}/refund`, { token });
    expect((await refund(buyer)).status).toBe(403);
    expect((await refund(shop.token('organizer'))).status).toBe(404);
    expect((await refund(shop.token('admin'))).status).toBe(202);
    await untilStatus(buyer, order.id, 'refunded');
  });

  test('happens to every paid order of a cancelled event, and its holds end', async () => {
    const first = await paidOrder();
    const { body: pending } = await shop.hold(first.buyer, first.eventId, [[first.ticketTypeId, 1]]);
    await shop.cancelEvent(first.eventId);
    expect((await untilStatus(first.buyer, first.order.id, 'refunded')).refundReason).toBe('event-cancelled');
    await untilStatus(first.buyer, pending.id, 'expired');
    const refused = await shop.hold(first.buyer, first.eventId, [[first.ticketTypeId, 1]]);
    expect(refused.body.code).toBe('EVENT_NOT_ON_SALE');
  });

  test('by hand at Stripe voids the tickets too', async () => {
    const { buyer, order, intentId } = await paidOrder();
    await fetch(`${shop.stripe.url}/v1/refunds`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk_test_dashboard', 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ payment_intent: intentId }),
    });
    expect((await untilStatus(buyer, order.id, 'refunded')).refundReason).toBe('at-provider');
    expect((await shop.tickets(buyer, order.id)).map((ticket) => ticket.status)).toEqual(['void', 'void']);
  });
});
