import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { v7 as uuidv7 } from 'uuid';
import { waitUntil } from '@ticketing/testing/wait-until';
import type { Order } from '@ticketing/types/order';
import { openShop, type Shop, type Refusal } from './shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(async () => {
  expect(await shop.faults()).toEqual([]);
  await shop.close();
});

describe('a hold', () => {
  test('takes tickets of several types for a quarter of an hour, at the current price', async () => {
    const { eventId, ticketTypeIds } = await shop.createEvent([{ price: 2500 }, { price: 900 }]);
    const [standing = '', seated = ''] = ticketTypeIds;
    const buyer = shop.token();
    const { status, body, headers } = await shop.hold(buyer, eventId, [
      [standing, 2],
      [seated, 1],
    ]);
    expect(status).toBe(201);
    expect(headers.get('location')).toBe(`/orders/${body.id}`);
    expect(body).toMatchObject({
      eventId,
      status: 'pending',
      total: 5900,
      currency: 'EUR',
      paidAt: null,
      payment: null,
    });
    expect(body.lines.map(({ quantity, unitPrice }) => [quantity, unitPrice])).toEqual([
      [2, 2500],
      [1, 900],
    ]);
    expect(Date.parse(body.expiresAt) - Date.parse(body.createdAt)).toBe(900_000);
    expect(await shop.order(buyer, body.id)).toEqual(body);
    expect(await shop.availability(eventId)).toMatchObject([
      { held: 2, available: 98 },
      { held: 1, available: 99 },
    ]);
  });

  test('is all lines or none', async () => {
    const { eventId, ticketTypeIds } = await shop.createEvent([{ capacity: 5 }, { capacity: 1 }]);
    const [plenty = '', scarce = ''] = ticketTypeIds;
    const { status, body } = await shop.hold(shop.token(), eventId, [
      [plenty, 2],
      [scarce, 2],
    ]);
    expect(status).toBe(409);
    expect(body).toMatchObject({ code: 'SOLD_OUT', ticketTypes: [{ ticketTypeId: scarce, available: 1 }] });
    expect(await shop.availability(eventId)).toMatchObject([{ held: 0 }, { held: 0 }]);
  });

  test('of free tickets is paid at once and has its tickets', async () => {
    const { eventId, ticketTypeId } = await shop.createEvent([{ price: 0 }]);
    const buyer = shop.token();
    const { status, body } = await shop.hold(buyer, eventId, [[ticketTypeId, 3]]);
    expect(status).toBe(201);
    expect(body).toMatchObject({ status: 'paid', total: 0 });
    expect(body.paidAt).not.toBeNull();
    expect(await shop.tickets(buyer, body.id)).toHaveLength(3);
    expect(await shop.availability(eventId)).toMatchObject([{ held: 0, sold: 3 }]);
  });

  test('sends the tickets to another address if asked to', async () => {
    const { eventId, ticketTypeId } = await shop.createEvent();
    const { body } = await shop.call<Order>('POST', '/orders', {
      token: shop.token(),
      body: { eventId, lines: [{ ticketTypeId, quantity: 1 }], email: 'Friend@Example.com' },
    });
    expect(body.email).toBe('friend@example.com');
  });

  test.each([
    ['a draft', { event: { status: 'draft' }, code: 'EVENT_NOT_ON_SALE' }],
    ['a cancelled event', { event: { status: 'cancelled' }, code: 'EVENT_NOT_ON_SALE' }],
    ['an event that is over', { event: { endsAt: new Date(Date.now() - 1000) }, code: 'SALES_CLOSED' }],
    ['sales not begun', { type: { salesStart: new Date(Date.now() + 60_000) }, code: 'SALES_CLOSED' }],
    ['sales ended', { type: { salesEnd: new Date(Date.now() - 1000) }, code: 'SALES_CLOSED' }],
    ['more than one order may have', { type: { maxPerOrder: 1 }, code: 'LIMIT_EXCEEDED' }],
    ['a total above the largest amount', { type: { price: 60_000_000 }, code: 'LIMIT_EXCEEDED' }],
  ] as const)('is refused for %s', async (_case, { code, ...given }) => {
    const event = 'event' in given ? given.event : {};
    const { eventId, ticketTypeId } = await shop.createEvent(['type' in given ? given.type : {}], event);
    const { status, body } = await shop.hold(shop.token(), eventId, [[ticketTypeId, 2]]);
    expect(body.code).toBe(code);
    expect(status).toBe(code === 'LIMIT_EXCEEDED' ? 422 : 409);
  });

  test('names what is unknown: the event, or the ticket type', async () => {
    const { eventId, ticketTypeId } = await shop.createEvent();
    const other = await shop.createEvent();
    const unknownEvent = await shop.hold(shop.token(), uuidv7(), [[ticketTypeId, 1]]);
    expect([unknownEvent.status, unknownEvent.body.code]).toEqual([404, 'NOT_FOUND']);
    const foreign = await shop.hold(shop.token(), eventId, [
      [ticketTypeId, 1],
      [other.ticketTypeId, 1],
    ]);
    expect(foreign.status).toBe(422);
    expect(foreign.body.errors).toEqual([
      { path: 'lines.1.ticketTypeId', message: 'is not a ticket type of this event' },
    ]);
    const { rows } = await shop.admin.query('select from orders.ticket_stock where ticket_type_id = $1', [uuidv7()]);
    expect(rows).toHaveLength(0);
  });

  test('sees a new price and a new capacity at once', async () => {
    const { eventId, ticketTypeId } = await shop.createEvent([{ price: 1000, capacity: 5 }]);
    await shop.hold(shop.token(), eventId, [[ticketTypeId, 1]]);
    await shop.admin.query('update events.ticket_types set price = 700, capacity = 2 where id = $1', [ticketTypeId]);
    const { body } = await shop.hold(shop.token(), eventId, [[ticketTypeId, 1]]);
    expect(body.total).toBe(700);
    const third = await shop.hold(shop.token(), eventId, [[ticketTypeId, 1]]);
    expect(third.body.code).toBe('SOLD_OUT');
  });
});

describe('many buyers at once', () => {
  test('500 for 100 seats: exactly 100 hold, the others are told, and expired seats are sold again', async () => {
    const { eventId, ticketTypeId } = await shop.createEvent([{ capacity: 100 }]);
    const answers = await Promise.all(
      Array.from({ length: 500 }, () => shop.hold(shop.token(), eventId, [[ticketTypeId, 1]])),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(100);
    expect(answers.filter(({ body }) => body.code === 'SOLD_OUT')).toHaveLength(400);
    await shop.admin.query('update orders.orders set expires_at = now() where event_id = $1', [eventId]);
    await waitUntil('the seats to be free again', async () => (await shop.availability(eventId))[0]?.available === 100);
    const again = await shop.hold(shop.token(), eventId, [[ticketTypeId, 1]]);
    expect(again.status).toBe(201);
  });

  test('who want overlapping types in any order neither deadlock nor take too much', async () => {
    const { eventId, ticketTypeIds } = await shop.createEvent([{ capacity: 60 }, { capacity: 50 }, { capacity: 40 }]);
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, index) => {
        const lines = ticketTypeIds.map((id): [string, number] => [id, 1]);
        const turned = [...lines.slice(index % 3), ...lines.slice(0, index % 3)];
        return shop.hold(shop.token(), eventId, turned.slice(0, 1 + (index % 2)));
      }),
    );
    expect(answers.every(({ status }) => status === 201 || status === 409)).toBe(true);
    const left = await shop.availability(eventId);
    expect(left.every(({ held, capacity }) => held <= capacity)).toBe(true);
  });
});

describe('an idempotency key', () => {
  test('used by 50 clients at once makes one order', async () => {
    const { eventId, ticketTypeId } = await shop.createEvent();
    const buyer = shop.token();
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => shop.hold(buyer, eventId, [[ticketTypeId, 2]], { 'idempotency-key': 'once' })),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(49);
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(await shop.availability(eventId)).toMatchObject([{ held: 2 }]);
    const later = await shop.hold(buyer, eventId, [[ticketTypeId, 2]], { 'idempotency-key': 'once' });
    expect(later.headers.get('idempotent-replayed')).toBe('true');
  });

  test('is refused for another request, and is another buyer’s own', async () => {
    const { eventId, ticketTypeId } = await shop.createEvent();
    const key = { 'idempotency-key': 'k'.repeat(255) };
    const buyer = shop.token();
    const first = await shop.hold(buyer, eventId, [[ticketTypeId, 1]], key);
    const other = await shop.hold(buyer, eventId, [[ticketTypeId, 2]], key);
    expect([other.status, other.body.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
    const someoneElse = await shop.hold(shop.token(), eventId, [[ticketTypeId, 1]], key);
    expect(someoneElse.status).toBe(201);
    expect(someoneElse.body.id).not.toBe(first.body.id);
    const tooLong = await shop.hold(buyer, eventId, [[ticketTypeId, 1]], { 'idempotency-key': 'k'.repeat(256) });
    expect(tooLong.body.errors?.[0]?.path).toBe('idempotency-key');
  });

  test('used at once for requests of different events makes one order', async () => {
    const events = await Promise.all(Array.from({ length: 8 }, () => shop.createEvent()));
    const buyer = shop.token();
    const answers = await Promise.all(
      events.map(({ eventId, ticketTypeId }) =>
        shop.hold(buyer, eventId, [[ticketTypeId, 1]], { 'idempotency-key': 'x' }),
      ),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ body }) => body.code === 'IDEMPOTENCY_KEY_REUSED')).toHaveLength(7);
  });

  test('of a refused request may be used again', async () => {
    const { eventId, ticketTypeId } = await shop.createEvent([{ capacity: 1 }]);
    const key = { 'idempotency-key': 'again' };
    const buyer = shop.token();
    const blocker = await shop.hold(shop.token(), eventId, [[ticketTypeId, 1]]);
    const refused = await Promise.all([1, 2].map(() => shop.hold(buyer, eventId, [[ticketTypeId, 1]], key)));
    expect(refused.map(({ body }) => body.code)).toEqual(['SOLD_OUT', 'SOLD_OUT']);
    await shop.expire(blocker.body.id);
    await waitUntil('the seat to be free', async () => (await shop.availability(eventId))[0]?.available === 1);
    expect((await shop.hold(buyer, eventId, [[ticketTypeId, 1]], key)).status).toBe(201);
  });
});

describe('bad input', () => {
  test.each([
    ['no body', undefined, 422, ''],
    ['an unknown field', { eventId: uuidv7(), lines: [], seat: 1 }, 422, 'seat'],
    ['no lines', { eventId: uuidv7(), lines: [] }, 422, 'lines'],
    [
      'a quantity of zero',
      { eventId: uuidv7(), lines: [{ ticketTypeId: uuidv7(), quantity: 0 }] },
      422,
      'lines.0.quantity',
    ],
    [
      'half a ticket',
      { eventId: uuidv7(), lines: [{ ticketTypeId: uuidv7(), quantity: 0.5 }] },
      422,
      'lines.0.quantity',
    ],
    ['a wrong id', { eventId: 'x', lines: [{ ticketTypeId: uuidv7(), quantity: 1 }] }, 422, 'eventId'],
    ['a wrong address', { eventId: uuidv7(), lines: [], email: 'a\u0000@b' }, 422, 'email'],
  ])('%s is refused, naming the field', async (_case, body, status, path) => {
    const answer = await shop.call<Refusal>('POST', '/orders', { token: shop.token(), body });
    expect([answer.status, answer.body.code]).toEqual([status, 'VALIDATION_FAILED']);
    expect(answer.body.errors?.map((error) => error.path)).toContain(path);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
  });

  test.each([
    [{ quantity: '2' }, 'lines.0.quantity must be an integer, not a string.'],
    [{ quantity: 1.5 }, 'lines.0.quantity must be an integer between 1 and 100, not 1.5.'],
    [{ quantity: null }, 'lines.0.quantity must be an integer, not null.'],
    [{}, 'lines.0.quantity is required.'],
  ])('the detail tells what is wrong with %j', async (line, detail) => {
    const body = { eventId: uuidv7(), lines: [{ ticketTypeId: uuidv7(), ...line }] };
    expect((await shop.call('POST', '/orders', { token: shop.token(), body })).body).toMatchObject({ detail });
  });

  test('an address is kept as mail servers take it, and refused where none does', async () => {
    const { eventId, ticketTypeId } = await shop.createEvent();
    const lines = [{ ticketTypeId, quantity: 1 }];
    const order = (email: string) =>
      shop.call<Order>('POST', '/orders', { token: shop.token(), body: { eventId, lines, email } });
    expect((await order("O'Hara&Sons@Почта.рф")).body.email).toBe("o'hara&sons@xn--80a1acny.xn--p1ai");
    expect((await order(`${'a'.repeat(65)}@example.com`)).body).toMatchObject({
      detail: 'email must have at most 64 characters before the @.',
    });
  });

  test('a ticket type named twice is refused', async () => {
    const { eventId, ticketTypeId } = await shop.createEvent();
    const { status } = await shop.hold(shop.token(), eventId, [
      [ticketTypeId, 1],
      [ticketTypeId, 1],
    ]);
    expect(status).toBe(422);
  });

  test('broken JSON, other media, oversized bodies, wrong methods and unknown paths have their codes', async () => {
    const token = shop.token();
    const code = async (...args: Parameters<typeof shop.call>) => {
      const { status, body } = await shop.call<Refusal>(...args);
      return [status, body.code];
    };
    expect(await code('POST', '/orders', { token, body: '{"eventId":' })).toEqual([400, 'MALFORMED_REQUEST']);
    expect(await code('POST', '/orders', { token, body: 'x', headers: { 'content-type': 'text/plain' } })).toEqual([
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ]);
    expect(await code('POST', '/orders', { token, body: { pad: 'x'.repeat(103_000) } })).toEqual([
      413,
      'BODY_TOO_LARGE',
    ]);
    expect(await code('DELETE', '/orders', { token })).toEqual([405, 'METHOD_NOT_ALLOWED']);
    expect(await code('GET', '/orders/nonsense', { token })).toEqual([404, 'NOT_FOUND']);
    expect(await code('GET', '/nowhere')).toEqual([404, 'NOT_FOUND']);
    expect(await code('GET', '/orders/%E0%A4%A', { token })).toEqual([400, 'MALFORMED_REQUEST']);
    expect(await code('POST', '/orders', {})).toEqual([401, 'UNAUTHENTICATED']);
  });
});
