import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { v7 as uuidv7 } from 'uuid';
import { present } from '@ticketing/service-kit/present';
import type { Order } from '@ticketing/types/order';
import type { Ticket } from '@ticketing/types/ticket';
import { openShop, type Shop, type Refusal } from './shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(async () => {
  expect(await shop.faults()).toEqual([]);
  await shop.close();
});

interface Page {
  items: Order[];
  nextCursor: string | null;
}

/** A free order: paid at once, with its tickets. */
async function freeOrder(quantity = 1, organizerId = uuidv7()) {
  const event = await shop.createEvent([{ price: 0 }], { organizerId });
  const buyer = shop.token();
  const { body: order } = await shop.hold(buyer, event.eventId, [[event.ticketTypeId, quantity]]);
  const tickets = await shop.tickets(buyer, order.id);
  return { ...event, buyer, order, tickets, organizer: shop.token('organizer', organizerId) };
}

describe('orders', () => {
  test('are seen by their buyer, the event’s organizer and admins; to all others they do not exist', async () => {
    const { buyer, order, organizer } = await freeOrder();
    const statusFor = async (token: string) => (await shop.call('GET', `/orders/${order.id}`, { token })).status;
    expect(await Promise.all([buyer, organizer, shop.token('admin')].map(statusFor))).toEqual([200, 200, 200]);
    expect(await Promise.all([shop.token(), shop.token('organizer')].map(statusFor))).toEqual([404, 404]);
    expect((await shop.call('GET', `/orders/${order.id}/tickets`, { token: shop.token() })).status).toBe(404);
  });

  test('show the means to pay to their buyer only', async () => {
    const organizerId = uuidv7();
    const event = await shop.createEvent([{}], { organizerId });
    const buyer = shop.token();
    const { body: order } = await shop.hold(buyer, event.eventId, [[event.ticketTypeId, 1]]);
    await shop.startPayment(buyer, order.id);
    expect((await shop.order(buyer, order.id)).payment?.clientSecret).not.toBeNull();
    expect((await shop.order(shop.token('organizer', organizerId), order.id)).payment?.clientSecret).toBeNull();
  });

  test('are listed newest first, page by page, while new ones are added', async () => {
    const { eventId, ticketTypeId } = await shop.createEvent([{ price: 0 }]);
    const buyer = shop.token();
    const ids: string[] = [];
    const add = async () => ids.unshift((await shop.hold(buyer, eventId, [[ticketTypeId, 1]])).body.id);
    for (let index = 0; index < 5; index++) await add();
    const expected = [...ids];
    const first = await shop.call<Page>('GET', '/orders?limit=2', { token: buyer });
    await add();
    const second = await shop.call<Page>('GET', `/orders?limit=2&cursor=${present(first.body.nextCursor)}`, {
      token: buyer,
    });
    const third = await shop.call<Page>('GET', `/orders?limit=2&cursor=${present(second.body.nextCursor)}`, {
      token: buyer,
    });
    const seen = [first, second, third].flatMap(({ body }) => body.items.map(({ id }) => id));
    expect(seen).toEqual(expected);
    expect(third.body.nextCursor).toBeNull();
  });

  test('of an event are listed to its organizer; anyone else sees only their own of it', async () => {
    const { eventId, organizer, order, buyer } = await freeOrder();
    const list = async (token: string) =>
      (await shop.call<Page>('GET', `/orders?eventId=${eventId}`, { token })).body.items.map(({ id }) => id);
    expect(await list(organizer)).toEqual([order.id]);
    expect(await list(buyer)).toEqual([order.id]);
    expect(await list(shop.token('organizer'))).toEqual([]);
  });

  test.each(['limit=0', 'limit=101', 'limit=x', 'cursor=nonsense', 'cursor=WyJ4Il0', 'limit=1&limit=2', 'status=lost'])(
    'are not listed for ?%s',
    async (query) => {
      const { status, body } = await shop.call<Refusal>('GET', `/orders?${query}`, { token: shop.token() });
      expect([status, body.code]).toEqual([422, 'VALIDATION_FAILED']);
    },
  );
});

describe('tickets', () => {
  test('have a QR code for whoever knows the code, in either case', async () => {
    const { tickets } = await freeOrder();
    const code = present(tickets[0]).code;
    const qr = await shop.call<string>('GET', `/tickets/${code.toLowerCase()}/qr.svg`);
    expect(qr.headers.get('content-type')).toContain('image/svg+xml');
    expect(qr.body).toContain('<svg');
    const accept = (type: string) => fetch(`${shop.url}/tickets/${code}/qr.svg`, { headers: { accept: type } });
    const types = ['text/xml', 'image/svg+xml, text/xml;q=0.5', 'image/png', 'image/*'].map(async (type) => {
      const answer = await accept(type);
      return [answer.headers.get('content-type'), (await answer.text()) === qr.body];
    });
    const picture = ['image/svg+xml; charset=utf-8', true];
    expect(await Promise.all(types)).toEqual([['text/xml; charset=utf-8', true], picture, picture, picture]);
    expect((await shop.call('GET', `/tickets/${'0'.repeat(26)}/qr.svg`)).status).toBe(404);
  });

  test('are let in once, of 20 attempts at once', async () => {
    const { tickets, organizer } = await freeOrder();
    const path = `/tickets/${present(tickets[0]).code}/check-in`;
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => shop.call<Ticket & Refusal>('POST', path, { token: organizer })),
    );
    const admitted = present(answers.find(({ status }) => status === 200));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const { status, body } of answers.filter((answer) => answer !== admitted)) {
      expect([status, body.code, body.checkedInAt]).toEqual([409, 'ALREADY_CHECKED_IN', admitted.body.checkedInAt]);
    }
  });

  test('are let in by the event’s organizer, not by others, and not once they are void', async () => {
    const { tickets, organizer, order, buyer } = await freeOrder();
    const checkIn = (token: string) =>
      shop.call<Refusal>('POST', `/tickets/${present(tickets[0]).code}/check-in`, { token });
    expect((await checkIn(buyer)).status).toBe(403);
    expect((await checkIn(shop.token('organizer'))).status).toBe(404);
    await shop.call('POST', `/orders/${order.id}/refund`, { token: organizer });
    const refused = await checkIn(organizer);
    expect([refused.status, refused.body.code]).toEqual([409, 'ORDER_STATE']);
  });
});

describe('availability', () => {
  test('is public, but a draft’s is for its organizer', async () => {
    const organizerId = uuidv7();
    const { eventId } = await shop.createEvent([{ capacity: 7 }], { organizerId, status: 'draft' });
    expect((await shop.call('GET', `/events/${eventId}/availability`)).status).toBe(404);
    const token = shop.token('organizer', organizerId);
    const { status, body } = await shop.call('GET', `/events/${eventId}/availability`, { token });
    expect([status, body]).toMatchObject([200, { eventId, ticketTypes: [{ capacity: 7, available: 7 }] }]);
    expect((await shop.call('GET', `/events/${uuidv7()}/availability`)).status).toBe(404);
  });

  test('has every ticket type in its place, those that nobody has ordered yet too', async () => {
    const { eventId, ticketTypeIds } = await shop.createEvent([{ capacity: 3 }, { capacity: 5 }, { capacity: 7 }]);
    const [first, ordered = '', last] = ticketTypeIds;
    await shop.hold(shop.token(), eventId, [[ordered, 2]]);
    const { body } = await shop.call<{ asOf: string }>('GET', `/events/${eventId}/availability`);
    expect(body).toMatchObject({
      eventId,
      ticketTypes: [
        { ticketTypeId: first, capacity: 3, held: 0, sold: 0, available: 3 },
        { ticketTypeId: ordered, capacity: 5, held: 2, sold: 0, available: 3 },
        { ticketTypeId: last, capacity: 7, held: 0, sold: 0, available: 7 },
      ],
    });
    expect(Math.abs(Date.parse(body.asOf) - Date.now())).toBeLessThan(60_000);
  });
});
