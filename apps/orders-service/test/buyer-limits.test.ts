import { randomUUID } from 'node:crypto';
import { present } from '@ticketing/service-kit/present';
import { waitUntil } from '@ticketing/testing/wait-until';
import type { Order } from '@ticketing/types/order';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openShop, type Answer, type Refusal, type Shop } from './shop.ts';

let shop: Shop;
let unlimited: Shop;
let replicas: string[];
beforeAll(async () => {
  [shop, unlimited] = await Promise.all([openShop(), openShop({ ORDER_OPEN_HOLDS: '0' })]);
  replicas = [shop.url, await shop.startReplica()];
});
afterAll(async () => {
  for (const each of [shop, unlimited]) {
    expect(await each.faults()).toEqual([]);
    await each.close();
  }
});

type Held = Answer<Order & Refusal & { limit?: string; max?: number; current?: number; detail?: string }>;

const codes = (answers: Held[]) => answers.map(({ status, body }) => [status, body.code ?? 'held', body.limit ?? '']);
const HELD = [201, 'held', ''];

/** One buyer of an event, who holds, pays and gives back. */
async function aBuyer(
  ticketTypes: Parameters<Shop['createEvent']>[0],
  event: Parameters<Shop['createEvent']>[1] = {},
  at = shop,
) {
  const organizerId = randomUUID();
  const { eventId, ticketTypeIds } = await at.createEvent(ticketTypes, { organizerId, ...event });
  const token = at.token();
  const hold = (quantity = 1, type = 0, headers = {}): Promise<Held> =>
    at.hold(token, eventId, [[ticketTypeIds[type] ?? '', quantity]], headers);
  const holdAll = async (times: number): Promise<Held[]> => {
    const answers: Held[] = [];
    for (let index = 0; index < times; index++) answers.push(await hold());
    return answers;
  };
  return { eventId, ticketTypeIds, token, hold, holdAll, organizer: at.token('organizer', organizerId) };
}

describe('open holds', () => {
  test('are three of an event, by default; the refusal says how many there are and what to do', async () => {
    const { hold, holdAll } = await aBuyer([{ capacity: 300 }]);
    await holdAll(3);
    const { status, body } = await hold();
    expect([status, body.code]).toEqual([422, 'LIMIT_EXCEEDED']);
    expect(body).toMatchObject({ limit: 'openHolds', max: 3, current: 3 });
    expect(body.detail).toMatch(/You have 3 .*Pay for one, cancel one, or wait/);
  });

  test('are counted for each buyer and each event', async () => {
    const first = await aBuyer([{}]);
    await first.holdAll(3);
    const other = await shop.createEvent();
    expect((await shop.hold(first.token, other.eventId, [[other.ticketTypeId, 1]])).status).toBe(201);
    expect((await shop.hold(shop.token(), first.eventId, [[first.ticketTypeIds[0] ?? '', 1]])).status).toBe(201);
  });

  test('end when they are paid for, cancelled, or over, even if their seats are not free yet', async () => {
    const { holdAll, hold, token } = await aBuyer([{}]);
    const [paid, cancelled, over] = await holdAll(3);
    const started = await shop.startPayment(token, present(paid).body.id);
    shop.stripe.pay(present(started.body.payment).intentId);
    await waitUntil('it to be paid', async () => (await shop.order(token, present(paid).body.id)).status === 'paid');
    expect(codes([await hold(), await hold()])).toEqual([HELD, [422, 'LIMIT_EXCEEDED', 'openHolds']]);
    await shop.call('POST', `/orders/${present(cancelled).body.id}/cancel`, { token });
    expect(codes([await hold(), await hold()])).toEqual([HELD, [422, 'LIMIT_EXCEEDED', 'openHolds']]);
    // A payment that Stripe cannot cancel keeps the order pending, and its seats held.
    await shop.startPayment(token, present(over).body.id);
    shop.stripe.failNext({ path: '/v1/payment_intents', status: 500, times: 50 });
    await shop.expire(present(over).body.id);
    expect((await shop.order(token, present(over).body.id)).status).toBe('pending');
    expect(codes([await hold()])).toEqual([HELD]);
    shop.stripe.stopFailing();
  });

  test('are not those of orders that cost nothing, which are paid at once', async () => {
    const { holdAll } = await aBuyer([{ price: 0 }]);
    expect(codes(await holdAll(5))).toEqual(Array(5).fill(HELD));
  });

  test('do not keep a repeated request from its answer, nor does a repetition count', async () => {
    const { hold, holdAll } = await aBuyer([{}]);
    const first = await hold(1, 0, { 'idempotency-key': 'first' });
    expect((await hold(1, 0, { 'idempotency-key': 'first' })).status).toBe(200);
    await holdAll(2);
    const again = await hold(1, 0, { 'idempotency-key': 'first' });
    expect([again.status, again.body.id]).toEqual([200, first.body.id]);
    expect((await hold(1, 0, { 'idempotency-key': 'fourth' })).status).toBe(422);
  });

  test('are as many as there are seats with ORDER_OPEN_HOLDS=0', async () => {
    const { holdAll } = await aBuyer([{ capacity: 8 }], {}, unlimited);
    expect(new Set((await holdAll(8)).map(({ status }) => status))).toEqual(new Set([201]));
  });

  test('of sold-out tickets are refused as sold out', async () => {
    const { hold, holdAll } = await aBuyer([{ capacity: 3 }]);
    await holdAll(3);
    expect(codes([await hold()])).toEqual([[409, 'SOLD_OUT', '']]);
  });
});

describe.each([
  ['with a limit of open holds', () => shop],
  ['without one', () => unlimited],
])('tickets for each buyer, %s', (_case, at) => {
  test('of an event count over all its ticket types, pending and paid', async () => {
    const { hold, token } = await aBuyer([{}, { price: 0 }], { maxPerBuyer: 4 }, at());
    expect(codes([await hold(1, 0), await hold(2, 1)])).toEqual([HELD, HELD]);
    const refused = await hold(2, 0);
    expect(refused.body).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: 'maxPerBuyer', max: 4, current: 3 });
    expect(refused.body.detail).toContain('Ask for at most 1 more.');
    expect(refused.body.errors).toEqual([{ path: 'lines', message: 'must be at most 1 tickets in all' }]);
    expect(codes([await hold(1, 0), await hold(1, 1)])).toEqual([HELD, [422, 'LIMIT_EXCEEDED', 'maxPerBuyer']]);
    expect(token).not.toBe('');
  });

  test('of a ticket type count that type only, and the strictest limit holds', async () => {
    const types = [{ maxPerBuyer: 2, maxPerOrder: 10 }, {}];
    const { hold, ticketTypeIds } = await aBuyer(types, { maxPerBuyer: 5 }, at());
    const tooMany = await hold(3, 0);
    expect(tooMany.body).toMatchObject({ limit: 'maxPerBuyer', max: 2, current: 0, ticketTypeId: ticketTypeIds[0] });
    expect(tooMany.body.errors).toEqual([{ path: 'lines.0.quantity', message: 'must be at most 2' }]);
    expect(codes([await hold(2, 0), await hold(3, 1)])).toEqual([HELD, HELD]);
    expect((await hold(1, 0)).body).toMatchObject({ max: 2, current: 2 });
    expect((await hold(1, 1)).body).toMatchObject({ max: 5, current: 5 });
  });

  test('are free again after a refund or a cancellation', async () => {
    const { hold, token, organizer } = await aBuyer([{}, { price: 0 }], { maxPerBuyer: 2 }, at());
    const { body: pending } = await hold(1, 0);
    const { body: paid } = await hold(1, 1);
    expect((await hold()).status).toBe(422);
    await at().call('POST', `/orders/${paid.id}/refund`, { token: organizer });
    expect(codes([await hold(1, 1), await hold(1, 1)])).toEqual([HELD, [422, 'LIMIT_EXCEEDED', 'maxPerBuyer']]);
    await at().call('POST', `/orders/${pending.id}/cancel`, { token });
    expect(codes([await hold(1, 0), await hold(1, 0)])).toEqual([HELD, [422, 'LIMIT_EXCEEDED', 'maxPerBuyer']]);
  });

  test('count a hold that is over for as long as it may still be paid for', async () => {
    const { hold, token } = await aBuyer([{}], { maxPerBuyer: 1 }, at());
    const { body: order } = await hold();
    await at().startPayment(token, order.id);
    at().stripe.failNext({ path: '/v1/payment_intents', status: 500, times: 50 });
    await at().expire(order.id);
    expect(codes([await hold()])).toEqual([[422, 'LIMIT_EXCEEDED', 'maxPerBuyer']]);
    at().stripe.stopFailing();
  });
});

describe('fifty requests of one buyer at once, at two replicas', () => {
  const TYPES = 10;
  const atOnce = (token: string, eventId: string, ticketTypeIds: string[]) =>
    Promise.all(
      Array.from({ length: 50 }, (_, index): Promise<Held> => {
        const body = { eventId, lines: [{ ticketTypeId: ticketTypeIds[index % TYPES], quantity: 1 }] };
        return shop.call('POST', '/orders', { token, body, at: replicas[index % 2] ?? shop.url });
      }),
    );
  const types = (count: number, each = {}) => Array.from({ length: count }, () => each);
  const held = (answers: Held[]) => answers.filter(({ status }) => status === 201).length;

  test('for different ticket types hold three times, never more and never less', async () => {
    for (let round = 0; round < 10; round++) {
      const { eventId, ticketTypeIds } = await shop.createEvent(types(TYPES));
      const answers = await atOnce(shop.token(), eventId, ticketTypeIds);
      expect(held(answers)).toBe(3);
      for (const { status, body } of answers) if (status !== 201) expect(body.limit).toBe('openHolds');
    }
  });

  test('for different free ticket types buy as many as one buyer may have', async () => {
    for (let round = 0; round < 5; round++) {
      const { eventId, ticketTypeIds } = await shop.createEvent(types(TYPES, { price: 0 }), { maxPerBuyer: 7 });
      expect(held(await atOnce(shop.token(), eventId, ticketTypeIds))).toBe(7);
    }
  });

  test('for one ticket type with a limit of its own hold no more than that', async () => {
    const { eventId, ticketTypeId } = await shop.createEvent([{ price: 0, maxPerBuyer: 4 }]);
    expect(held(await atOnce(shop.token(), eventId, Array<string>(TYPES).fill(ticketTypeId)))).toBe(4);
  });

  test('of many events, in any order, neither fail nor wait for each other for ever', async () => {
    const events = await Promise.all(Array.from({ length: 6 }, () => shop.createEvent(types(3))));
    const token = shop.token();
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, index): Promise<Held> => {
        const { eventId, ticketTypeIds } = present(events[(index * 5) % 6]);
        const body = { eventId, lines: [{ ticketTypeId: ticketTypeIds[index % 3], quantity: 1 }] };
        return shop.call('POST', '/orders', { token, body, at: replicas[index % 2] ?? shop.url });
      }),
    );
    expect(held(answers)).toBe(18);
    expect(answers.filter(({ status }) => status === 422)).toHaveLength(42);
  });
});
