import { endCancelledEvents } from '@ticketing/order-core/event-cancellation';
import { releaseExpired } from '@ticketing/order-core/release';
import { claimOpenPayments } from '@ticketing/order-core/unconfirmed';
import { waitUntil } from '@ticketing/testing/wait-until';
import type pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { jobOf, openForTest, paidOrder, startedOrder, untilStatus } from './orders.ts';
import type { Shop } from './shop.ts';

/** Paid orders as if they had been sold before, whose refunds Stripe will not find. */
async function pastOrders(
  shop: Shop,
  { eventId, ticketTypeId }: { eventId: string; ticketTypeId: string },
  count: number,
) {
  await shop.admin.query(
    `with o as (
       insert into orders.orders (id, buyer_id, event_id, email, status, total, currency, expires_at, created_at, paid_at, paid_intent_id)
       select gen_random_uuid(), gen_random_uuid(), $1, 'buyer@example.com', 'paid', 2500, 'EUR', now(), now(), now(), 'pi_past_' || n
       from generate_series(1, $3::int) n
       returning id
     ), l as (
       insert into orders.order_lines (order_id, position, ticket_type_id, name, quantity, unit_price)
       select id, 0, $2, 'Standing', 1, 2500 from o
     )
     insert into orders.tickets (id, order_id, ticket_type_id, code) select gen_random_uuid(), id, $2, id::text from o`,
    [eventId, ticketTypeId, count],
  );
  await shop.admin.query(
    `insert into orders.ticket_stock (ticket_type_id, sold) values ($1, $2)
     on conflict (ticket_type_id) do update set sold = excluded.sold`,
    [ticketTypeId, count],
  );
}

test('seats of one event are free within 5 s of a hold’s end while 2,000 refunds of another are under way', async () => {
  const shop = await openForTest({ STRIPE_MAX_RPS: '25' });
  const cancelled = await shop.createEvent([{ capacity: 2_000 }]);
  await pastOrders(shop, cancelled, 2_000);
  const other = await shop.createEvent([{}]);
  const { orderId } = await startedOrder(shop, other);
  await shop.cancelEvent(cancelled.eventId);
  await waitUntil('all refunds to be due', async () => {
    const { rows } = await shop.admin.query<{ due: number; tried: number }>(
      `select count(*)::int as due, count(*) filter (where attempts > 0)::int as tried from orders.outbox where kind = 'refund'`,
    );
    return rows[0]?.due === 2_000 && rows[0].tried > 8;
  });
  await shop.expire(orderId);
  await waitUntil('the seats', async () => (await shop.availability(other.eventId))[0]?.held === 0, {
    timeoutMs: 5_000,
  });
  const { rows } = await shop.admin.query(`select from orders.outbox where kind = 'refund' and attempts = 0`);
  expect(rows.length).toBeGreaterThan(1_000);
});

test('faults of the infrastructure use up no attempt, however long they last, and the refund is made afterwards', async () => {
  const shop = await openForTest();
  const event = await shop.createEvent([{}]);
  const { buyer, orderId } = await paidOrder(shop, event);
  const job = () => jobOf(shop, orderId, 'refund');
  shop.stripe.failNext({ path: '/v1/refunds', times: 1_000, status: 500 });
  await shop.cancelEvent(event.eventId);
  await waitUntil('the refund to fail', async () => (await job())?.fault === 'infrastructure');
  for (const fault of FAULTS) {
    shop.stripe.stopFailing();
    shop.stripe.failNext({ path: '/v1/refunds', times: 1_000, ...fault });
    // The next failure that counts would be the last.
    await shop.admin.query(
      `update orders.outbox set failures = 19, fault = null, attempts = 19, run_at = now() where kind = 'refund'`,
    );
    await waitUntil('another try', async () => (await job())?.fault !== null);
    expect(await job()).toMatchObject({ fault: 'infrastructure', failures: 19, parked_at: null });
  }
  shop.stripe.stopFailing();
  await shop.admin.query(`update orders.outbox set run_at = now() where kind = 'refund'`);
  await untilStatus(shop, buyer, orderId, 'refunded');
  expect(shop.stripe.books().refunds).toHaveLength(1);
});

/** Of the network, the key, the account, and Stripe itself. */
const FAULTS = [
  { status: 401, type: 'invalid_request_error', message: 'Invalid API Key provided: sk_test_***' },
  { status: 403, type: 'invalid_request_error', message: 'The provided key does not have access to account.' },
  { status: 429 },
  { status: 503 },
  { status: 400, code: 'balance_insufficient', message: 'Insufficient funds in your Stripe account.' },
  { status: 400, code: 'resource_missing', message: "No such payment_intent: 'pi_…'" },
] as const;

test('an answer about the refund itself counts, and after the last one it waits for a person', async () => {
  const shop = await openForTest();
  const event = await shop.createEvent([{}]);
  const { orderId } = await paidOrder(shop, event);
  const disputed = { status: 400, code: 'charge_disputed', message: 'Charge ch_1 has been charged back.' } as const;
  shop.stripe.failNext({ path: '/v1/refunds', times: 1_000, ...disputed });
  await shop.cancelEvent(event.eventId);
  const job = () => jobOf(shop, orderId, 'refund');
  await waitUntil('the refund to fail', async () => (await job())?.failures === 1);
  await shop.admin.query(`update orders.outbox set failures = 19, run_at = now() where kind = 'refund'`);
  await waitUntil('the last failure', async () => (await job())?.failures === 20);
  expect((await job())?.parked_at).toBeInstanceOf(Date);
});

test('cancelled events that cannot finish keep no other from being refunded', async () => {
  const shop = await openForTest({ STRIPE_DELAYED_METHODS: 'on' });
  const inTwoMonths = {
    startsAt: new Date(Date.now() + 60 * 86_400_000),
    endsAt: new Date(Date.now() + 61 * 86_400_000),
  };
  for (let count = 0; count < 11; count++) {
    const event = await shop.createEvent([{}], inTwoMonths);
    const { intentId } = await startedOrder(shop, event);
    shop.stripe.pay(intentId, 'sepaDebit');
    await shop.cancelEvent(event.eventId);
  }
  await waitUntil('the cancellations to be under way', async () => {
    const { rowCount } = await shop.admin.query('select from orders.event_cancellations where checked_at is not null');
    return rowCount === 11;
  });
  const event = await shop.createEvent([{}]);
  const { buyer, orderId } = await paidOrder(shop, event);
  await shop.cancelEvent(event.eventId);
  await untilStatus(shop, buyer, orderId, 'refunded');
});

test('an order of a cancelled event that cannot be refunded keeps no other from it, and is named', async () => {
  const shop = await openForTest();
  const event = await shop.createEvent([{}]);
  const orders = [await paidOrder(shop, event), await paidOrder(shop, event), await paidOrder(shop, event)];
  await refuseUpdates(shop, orders[0]?.orderId ?? '', 'refunding');
  await shop.cancelEvent(event.eventId);
  for (const { buyer, orderId } of orders.slice(1)) await untilStatus(shop, buyer, orderId, 'refunded');
  const { failed } = await endCancelledEvents(shop.pool);
  expect(failed).toMatchObject([{ eventId: event.eventId, orderId: orders[0]?.orderId }]);
  await shop.admin.query('drop trigger refuse on orders.orders');
  await untilStatus(shop, orders[0]?.buyer ?? '', orders[0]?.orderId ?? '', 'refunded');
});

/** Makes a change of one order fail, as a broken row would. */
async function refuseUpdates(shop: Shop, orderId: string, status: string): Promise<void> {
  await shop.admin.query(`
    create or replace function orders.refuse() returns trigger language plpgsql as $$
    begin
      raise exception 'this order is broken';
    end $$;
    create trigger refuse before update on orders.orders
    for each row when (new.status = '${status}' and new.id = '${orderId}') execute function orders.refuse()`);
}

describe('a hold that is over', () => {
  test('and cannot be released keeps no other from it, and is named', async () => {
    const shop = await openForTest();
    const event = await shop.createEvent([{}]);
    const held = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const buyer = shop.token();
        const { body } = await shop.hold(buyer, event.eventId, [[event.ticketTypeId, 1]]);
        return { buyer, orderId: body.id };
      }),
    );
    await refuseUpdates(shop, held[2]?.orderId ?? '', 'expired');
    await shop.admin.query(`update orders.orders set expires_at = now() where status = 'pending'`);
    await waitUntil('the others', async () => (await shop.availability(event.eventId))[0]?.held === 1);
    expect((await releaseExpired(shop.pool)).failed).toMatchObject([{ orderId: held[2]?.orderId }]);
    await shop.admin.query('drop trigger refuse on orders.orders');
    await waitUntil('all', async () => (await shop.availability(event.eventId))[0]?.held === 0);
  });

  test('is not released when a payment is started at that moment', async () => {
    const shop = await openForTest();
    const event = await shop.createEvent([{}]);
    const buyer = shop.token();
    const { body: order } = await shop.hold(buyer, event.eventId, [[event.ticketTypeId, 1]]);
    // Over and locked at once, so that the service's own sweep keeps off it: whoever waits gets the lock with the commit.
    const [ending, client] = [await shop.admin.connect(), await shop.admin.connect()];
    onTestFinished(() => [ending, client].forEach((each) => each.release()));
    await ending.query('begin');
    await ending.query(`update orders.orders set expires_at = now() - interval '1 second' where id = $1`, [order.id]);
    await client.query('begin');
    const locked = client.query('select from orders.orders where id = $1 for update', [order.id]);
    await waitUntil('the lock to be waited for', async () => {
      const { rowCount } = await shop.admin.query(`select from pg_stat_activity where wait_event_type = 'Lock'`);
      return (rowCount ?? 0) > 0;
    });
    await ending.query('commit');
    await locked;
    // Between the look for holds that are over and the lock on them, a payment is recorded.
    const racing = Object.create(shop.pool, {
      query: {
        value: async (...args: Parameters<typeof shop.pool.query>) => {
          const found = await (shop.pool.query as (...all: unknown[]) => Promise<pg.QueryResult>)(...args);
          if ((args[0] as { name?: string }).name === 'expired-orders') {
            expect(found.rows).toHaveLength(1);
            await client.query(
              `insert into orders.payments (order_id, intent_id, status) values ($1, 'pi_at_that_moment', 'open')`,
              [order.id],
            );
            await client.query('commit');
          }
          return found;
        },
      },
    }) as pg.Pool;
    const { released, failed } = await releaseExpired(racing);
    expect([released, failed]).toEqual([0, []]);
    expect((await shop.order(buyer, order.id)).status).toBe('pending');
  });
});

test('open payments are asked about in turn, those first that were asked about longest ago', async () => {
  const shop = await openForTest();
  const event = await shop.createEvent([{ capacity: 100 }]);
  for (let count = 0; count < 10; count++) await startedOrder(shop, event);
  const asked: string[] = [];
  for (let round = 0; round < 5; round++) {
    asked.push(...(await claimOpenPayments(shop.pool, 0, 2)).map(({ intentId }) => intentId));
  }
  expect(new Set(asked).size).toBe(10);
});
