import { expect, onTestFinished, test } from 'vitest';
import { present } from '@ticketing/service-kit/present';
import { waitUntil } from '@ticketing/testing/wait-until';
import { openShop, type Shop } from './shop.ts';

async function shopForOneTest(settings: Record<string, string> = {}) {
  const shop = await openShop(settings);
  onTestFinished(shop.close);
  return shop;
}

test('the database gone is 503 with Retry-After, and the service recovers by itself', async () => {
  const shop = await shopForOneTest();
  const { eventId, ticketTypeId } = await shop.createEvent();
  const buyer = shop.token();
  const hold = () => shop.hold(buyer, eventId, [[ticketTypeId, 1]]);
  expect((await hold()).status).toBe(201);
  shop.proxy.cut();
  const down = await hold();
  expect([down.status, down.body.code]).toEqual([503, 'UNAVAILABLE']);
  expect(Number(down.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await shop.call('GET', '/health/ready')).status).toBe(503);
  expect((await shop.call('GET', '/health/live')).status).toBe(200);
  shop.proxy.restore();
  await waitUntil('the service to be ready', async () => (await shop.call('GET', '/health/ready')).status === 200);
  expect((await hold()).status).toBe(201);
});

test('connections cut under a storm of holds sell nothing twice', async () => {
  const shop = await shopForOneTest();
  const { eventId, ticketTypeId } = await shop.createEvent([{ capacity: 300 }]);
  const storm = Promise.all(
    Array.from({ length: 400 }, async (_, index) => {
      const buyer = shop.token();
      const key = { 'idempotency-key': `storm-${index}` };
      return waitUntil('an answer that is not 503', async () => {
        const answer = await shop.hold(buyer, eventId, [[ticketTypeId, 1]], key);
        return answer.status === 503 ? undefined : answer;
      });
    }),
  );
  for (let cut = 0; cut < 5; cut++) {
    const before = (await held(shop, ticketTypeId)) ?? 0;
    await waitUntil('some holds', async () => ((await held(shop, ticketTypeId)) ?? 0) > before || before === 300);
    shop.proxy.cut();
    shop.proxy.restore();
  }
  const answers = await storm;
  expect(answers.filter(({ status }) => status === 201 || status === 200)).toHaveLength(300);
  expect(answers.filter(({ body }) => body.code === 'SOLD_OUT')).toHaveLength(100);
  expect(await shop.faults()).toEqual([]);
});

async function held(shop: Shop, ticketTypeId: string): Promise<number | undefined> {
  const sql = 'select held from orders.ticket_stock where ticket_type_id = $1';
  return (await shop.admin.query<{ held: number }>(sql, [ticketTypeId])).rows[0]?.held;
}

test('a webhook that cannot be settled is not acknowledged, and Stripe’s next try settles it', async () => {
  const shop = await shopForOneTest();
  const { eventId, ticketTypeId } = await shop.createEvent();
  const buyer = shop.token();
  const { body: order } = await shop.hold(buyer, eventId, [[ticketTypeId, 1]]);
  const { body: started } = await shop.startPayment(buyer, order.id);
  const admin = await shop.admin.connect();
  // Someone holds the order's row for longer than a lock is waited for.
  await admin.query('begin');
  await admin.query('select from orders.orders where id = $1 for update', [order.id]);
  shop.stripe.pay(present(started.payment).intentId);
  await waitUntil('a webhook to be refused', () =>
    shop.stripe.events().some(({ attempts, lastError }) => attempts > 0 && lastError !== null),
  );
  await admin.query('rollback');
  admin.release();
  await waitUntil('the order to be paid', async () => (await shop.order(buyer, order.id)).status === 'paid');
  expect(await shop.faults()).toEqual([]);
});

test('over Stripe’s rate the answer is 429 with Retry-After, and the hold stands', async () => {
  const shop = await shopForOneTest({ STRIPE_MAX_RPS: '2', ORDER_OPEN_HOLDS: '0' });
  const { eventId, ticketTypeId } = await shop.createEvent();
  const buyer = shop.token();
  const orders = await Promise.all(Array.from({ length: 8 }, () => shop.hold(buyer, eventId, [[ticketTypeId, 1]])));
  const starts = await Promise.all(orders.map(({ body }) => shop.startPayment(buyer, body.id)));
  const refused = starts.filter(({ status }) => status === 429);
  expect(refused.length).toBeGreaterThanOrEqual(4);
  for (const { body, headers } of refused) {
    expect(body.code).toBe('RATE_LIMITED');
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  }
  expect(await shop.availability(eventId)).toMatchObject([{ held: 8 }]);
});

test('closing finishes the requests that are under way', async () => {
  const shop = await openShop();
  const { eventId, ticketTypeId } = await shop.createEvent([{ capacity: 1000 }]);
  const answers = Promise.all(Array.from({ length: 100 }, () => shop.hold(shop.token(), eventId, [[ticketTypeId, 1]])));
  await waitUntil('the first hold', async () => (await shop.availability(eventId))[0]?.held);
  const [held] = await Promise.all([answers, shop.close()]);
  expect(held.every(({ status }) => status === 201)).toBe(true);
});
