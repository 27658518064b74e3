import { randomUUID } from 'node:crypto';
import { present } from '@ticketing/service-kit/present';
import { waitUntil } from '@ticketing/testing/wait-until';
import type { Order } from '@ticketing/types/order';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openShop, type Refusal, type Shop } from './shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(async () => {
  expect(await shop.faults()).toEqual([]);
  await shop.close();
});

interface NamedTickets extends Refusal {
  tickets?: { id: string; ticketTypeId: string; checkedInAt: string }[];
}

/** An order that is paid at once, with two tickets, and what its organizer does about it. */
async function paidOrder() {
  const organizerId = randomUUID();
  const organizer = shop.token('organizer', organizerId);
  const { eventId, ticketTypeId } = await shop.createEvent([{ price: 0 }], { organizerId });
  const buyer = shop.token();
  const { body: order } = await shop.hold(buyer, eventId, [[ticketTypeId, 2]]);
  const tickets = await shop.tickets(buyer, order.id);
  const code = present(tickets[0]).code;
  return {
    ...{ eventId, ticketTypeId, buyer, order, tickets, organizer, code },
    checkIn: () => shop.call<Refusal>('POST', `/tickets/${code}/check-in`, { token: organizer }),
    refund: (body?: unknown) =>
      shop.call<Order & NamedTickets>('POST', `/orders/${order.id}/refund`, { token: organizer, body }),
  };
}

test('a refund of an order with a ticket that was checked in names the ticket, and changes nothing', async () => {
  const { checkIn, refund, tickets, eventId, ticketTypeId, buyer, order, code } = await paidOrder();
  await checkIn();
  for (const body of [undefined, {}, { includeCheckedIn: false }]) {
    const refused = await refund(body);
    expect([refused.status, refused.body.code]).toEqual([409, 'ALREADY_CHECKED_IN']);
    expect(refused.body.tickets).toEqual([
      { id: tickets[0]?.id, ticketTypeId, checkedInAt: expect.stringMatching(/Z$/) as string },
    ]);
    expect(JSON.stringify(refused.body)).not.toContain(code);
  }
  expect((await shop.order(buyer, order.id)).status).toBe('paid');
  expect((await shop.tickets(buyer, order.id)).map(({ status }) => status)).toEqual(['checked_in', 'valid']);
  expect(await shop.availability(eventId)).toMatchObject([{ sold: 2 }]);
});

test('it is made if it is said that checked-in tickets are meant too', async () => {
  const { checkIn, refund, buyer, order } = await paidOrder();
  await checkIn();
  expect((await refund({ includeCheckedIn: true })).status).toBe(202);
  expect((await shop.tickets(buyer, order.id)).map(({ status }) => status)).toEqual(['void', 'void']);
});

test('an order of whose tickets none was checked in needs no such word', async () => {
  const { refund } = await paidOrder();
  const unknown = await refund({ includeCheckedin: true });
  expect([unknown.status, unknown.body.errors?.[0]?.path]).toEqual([422, 'includeCheckedin']);
  expect((await refund()).status).toBe(202);
  const again = await refund();
  expect([again.status, again.body.code]).toEqual([409, 'ORDER_STATE']);
});

test('of a check-in and a refund at the same moment exactly one happens', async () => {
  const orders = await Promise.all(Array.from({ length: 40 }, paidOrder));
  const outcomes = await Promise.all(
    orders.map(async ({ checkIn, refund }, index) => {
      const acts = [
        async () => ['check-in', await checkIn()] as const,
        async () => ['refund', await refund()] as const,
      ];
      const done = new Map(await Promise.all((index % 2 ? acts : acts.reverse()).map((act) => act())));
      const [checkedIn, refunded] = [present(done.get('check-in')), present(done.get('refund'))];
      // A ticket has a code too.
      const refusal = checkedIn.status === 200 ? undefined : checkedIn.body.code;
      return [checkedIn.status, refusal, refunded.status, refunded.body.code];
    }),
  );
  for (const outcome of outcomes) {
    expect([
      [200, undefined, 409, 'ALREADY_CHECKED_IN'],
      [409, 'ORDER_STATE', 202, undefined],
    ]).toContainEqual(outcome);
  }
});

test('a refund waits for the check-in that is under way', async () => {
  const { refund, code } = await paidOrder();
  const door = await shop.admin.connect();
  try {
    await door.query('begin');
    await door.query(
      `update orders.tickets set status = 'checked_in', checked_in_at = now() where code = $1 and status = 'valid'`,
      [code],
    );
    const refused = refund();
    await waitUntil('the refund to wait for the ticket', async () => {
      const { rows } = await shop.admin.query(
        `select from pg_stat_activity
         where datname = current_database() and wait_event_type = 'Lock' and query like '%tickets%'`,
      );
      return rows.length > 0;
    });
    await door.query('commit');
    const { status, body } = await refused;
    expect([status, body.code]).toEqual([409, 'ALREADY_CHECKED_IN']);
  } finally {
    door.release();
  }
});

test('a cancelled event’s refunds include tickets that were checked in', async () => {
  const { checkIn, eventId, buyer, order } = await paidOrder();
  await checkIn();
  await shop.cancelEvent(eventId);
  await waitUntil('the order to be refunded', async () => (await shop.order(buyer, order.id)).status === 'refunded');
  expect((await shop.tickets(buyer, order.id)).map(({ status }) => status)).toEqual(['void', 'void']);
});

test('buying a ticket gives no right to refund it, whatever the role of who bought', async () => {
  const { eventId, ticketTypeId } = await shop.createEvent([{ price: 0 }]);
  const rival = shop.token('organizer');
  const { body: order } = await shop.hold(rival, eventId, [[ticketTypeId, 1]]);
  const refused = await shop.call<Refusal>('POST', `/orders/${order.id}/refund`, { token: rival });
  expect([refused.status, refused.body.code]).toEqual([403, 'FORBIDDEN']);
  const [ticket] = await shop.tickets(rival, order.id);
  const path = `/tickets/${present(ticket).code}/check-in`;
  expect((await shop.call('POST', path, { token: rival })).status).toBe(404);
  expect((await shop.order(rival, order.id)).status).toBe('paid');
});
