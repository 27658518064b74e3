import { randomUUID } from 'node:crypto';
import { createLog } from '@ticketing/service-kit/log';
import { freePorts } from '@ticketing/testing/local-server/free-ports';
import { present } from '@ticketing/service-kit/present';
import Stripe from 'stripe';
import { v4 as uuidv4, v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { originOf } from '@ticketing/order-effects/stripe-events/origin';
import { openShop, WEBHOOK_SECRET, type Refusal, type Shop } from './shop.ts';

const TYPES = [
  ...['payment_intent.succeeded', 'payment_intent.payment_failed', 'payment_intent.canceled'],
  ...['refund.created', 'refund.updated', 'refund.failed', 'charge.refund.updated', 'charge.refunded'],
  ...['created', 'updated', 'closed', 'funds_withdrawn', 'funds_reinstated'].map((last) => `charge.dispute.${last}`),
];

/** Ids of other products, none of which can be an id of ours. */
const FOREIGN_IDS = ['10234', uuidv4(), 'order-7', 10234];

function report(type: string, object: object, more: object = {}) {
  const intent = `pi_${randomUUID()}`;
  const isIntent = type.startsWith('payment_intent.');
  const inner = {
    id: isIntent ? intent : `re_${randomUUID()}`,
    ...(!isIntent && { payment_intent: intent }),
    ...{ amount: 2500, currency: 'eur', amount_refunded: 2500 },
    ...object,
  };
  return { id: `evt_${randomUUID()}`, object: 'event', type, data: { object: inner }, ...more };
}

const openShops: Shop[] = [];
afterAll(async () => {
  for (const shop of openShops) {
    expect(await shop.faults()).toEqual([]);
    await shop.close();
  }
});

async function open(secretKey = 'sk_test_local') {
  const lines: string[] = [];
  const log = createLog({
    ...{ name: 'orders', level: 'warn', format: 'json' },
    destination: { write: (line: string) => void lines.push(line) },
  });
  const [metricsPort] = await freePorts(1);
  const shop = await openShop({ METRICS_PORT: String(metricsPort), STRIPE_SECRET_KEY: secretKey }, log, { secretKey });
  openShops.push(shop);
  const deliver = (event: object) => {
    const body = JSON.stringify(event);
    const signature = Stripe.webhooks.generateTestHeaderString({ payload: body, secret: WEBHOOK_SECRET });
    return shop.call<{ outcome: string } & Refusal>('POST', '/orders/webhook', {
      body,
      headers: { 'stripe-signature': signature },
    });
  };
  return {
    ...{ shop, deliver, lines },
    /** What reports came to, by the metric. */
    counted: async () => {
      const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
      const counts = text.matchAll(/^stripe_reports_total\{outcome="([^"]+)".*\} (\d+)$/gm);
      return Object.fromEntries(Array.from(counts, ([, outcome = '', count]) => [outcome, Number(count)]));
    },
    kept: async () => (await shop.admin.query('select event_id from orders.payment_events')).rows.length,
    /** A hold of one seat, with the intent that was started for it if asked for. */
    hold: async ({ isStarted = false } = {}) => {
      const { eventId, ticketTypeId } = await shop.createEvent();
      const buyer = shop.token();
      const { body: order } = await shop.hold(buyer, eventId, [[ticketTypeId, 1]]);
      const intentId = isStarted
        ? present((await shop.startPayment(buyer, order.id)).body.payment).intentId
        : 'pi_none';
      return { buyer, order, intentId };
    },
  };
}

describe('another product on the same Stripe account', () => {
  let world: Awaited<ReturnType<typeof open>>;
  beforeAll(async () => {
    world = await open();
  });

  test.each(TYPES)('%s with an order id that cannot be ours is ignored and counted, without a word', async (type) => {
    const before = (await world.counted()).ignored ?? 0;
    const kept = await world.kept();
    const said = world.lines.length;
    const objects = FOREIGN_IDS.flatMap((orderId) => [
      { metadata: { order_id: orderId } },
      { metadata: { order_id: orderId, other: 7 }, amount: undefined },
    ]);
    for (const object of objects) {
      const { status, body } = await world.deliver(report(type, object));
      expect([status, body.outcome]).toEqual([200, 'ignored']);
    }
    expect(await world.counted()).toMatchObject({ ignored: before + objects.length });
    expect(await world.kept()).toBe(kept);
    expect(world.lines.slice(said)).toEqual([]);
  });
});

describe('what may be ours is kept for a person', () => {
  let world: Awaited<ReturnType<typeof open>>;
  beforeAll(async () => {
    world = await open();
  });

  test.each(TYPES)('%s with an unknown order id that is like ours', async (type) => {
    for (const orderId of [uuidv7(), uuidv7().toUpperCase()]) {
      const { status, body } = await world.deliver(report(type, { metadata: { order_id: orderId } }));
      expect([status, body.outcome]).toEqual([200, 'rejected']);
    }
  });

  test.each(TYPES)('%s of an intent that was started here, with a broken order id', async (type) => {
    const { intentId } = await world.hold({ isStarted: true });
    const ids = type.startsWith('payment_intent.') ? { id: intentId } : { payment_intent: intentId };
    for (const orderId of FOREIGN_IDS) {
      const event = report(type, { ...ids, metadata: { order_id: orderId } });
      const { status, body } = await world.deliver(event);
      expect([status, body.outcome]).toEqual([200, 'rejected']);
      const { rows } = await world.shop.admin.query(
        `select from orders.payment_events where event_id = $1 and result = 'rejected' and reason is not null`,
        [event.id],
      );
      expect(rows).toHaveLength(1);
    }
  });

  test('a success whose object has not succeeded gives no tickets', async () => {
    const { buyer, order } = await world.hold();
    for (const status of ['processing', 'requires_capture', 'requires_action', 'canceled', 'unheard_of']) {
      const { body } = await world.deliver(
        report('payment_intent.succeeded', { status, metadata: { order_id: order.id } }),
      );
      expect([status, body.outcome]).toEqual([status, 'rejected']);
    }
    expect((await world.shop.order(buyer, order.id)).status).toBe('pending');
  });
});

describe('with a live key', () => {
  let world: Awaited<ReturnType<typeof open>>;
  beforeAll(async () => {
    world = await open('sk_live_of_the_tests');
  });

  test('test money buys nothing: its reports are ignored and counted', async () => {
    const { buyer, order } = await world.hold();
    const paid = { metadata: { order_id: order.id } };
    for (const event of [
      report('payment_intent.succeeded', paid, { livemode: false }),
      report('payment_intent.succeeded', { ...paid, livemode: false }),
      report('payment_intent.succeeded', { ...paid, livemode: false }, { livemode: true }),
    ]) {
      const { status, body } = await world.deliver(event);
      expect([status, body.outcome]).toEqual([200, 'ignored']);
    }
    expect((await world.shop.order(buyer, order.id)).status).toBe('pending');
    expect(await world.counted()).toMatchObject({ 'ignored-test-mode': 3 });
    const { body } = await world.deliver(report('payment_intent.succeeded', paid, { livemode: true }));
    expect(body.outcome).toBe('paid');
  });
});

describe('with a test key', () => {
  let world: Awaited<ReturnType<typeof open>>;
  beforeAll(async () => {
    world = await open();
  });

  test('real money is neither settled nor lost: Stripe is asked to repeat it, loudly', async () => {
    const { buyer, order, intentId } = await world.hold({ isStarted: true });
    const live = { livemode: true };
    for (const event of [
      report('payment_intent.succeeded', { id: intentId, metadata: { order_id: order.id } }, live),
      report('payment_intent.succeeded', { id: intentId }, live),
      report('payment_intent.succeeded', { amount: 'none', metadata: { order_id: order.id } }, live),
    ]) {
      const { status, body } = await world.deliver(event);
      expect([status, body.code]).toEqual([503, 'UNAVAILABLE']);
      expect(JSON.parse(world.lines.at(-1) ?? '{}')).toMatchObject({
        level: 'error',
        msg: expect.stringContaining('STRIPE_SECRET_KEY') as string,
      });
    }
    expect((await world.shop.order(buyer, order.id)).status).toBe('pending');
    expect(await world.counted()).toMatchObject({ 'refused-live-mode': 3 });
    expect(await world.kept()).toBe(0);
  });

  test('live reports that are not ours are ignored all the same', async () => {
    for (const event of [
      report('payment_intent.succeeded', { metadata: { order_id: '10234' } }, { livemode: true }),
      report('customer.created', {}, { livemode: true }),
    ]) {
      expect((await world.deliver(event)).body.outcome).toBe('ignored');
    }
  });

  test('what happened in a connected account is ignored and counted, even if it names an order of ours', async () => {
    const { buyer, order, intentId } = await world.hold({ isStarted: true });
    for (const type of TYPES) {
      const ids = type.startsWith('payment_intent.') ? { id: intentId } : { payment_intent: intentId };
      const event = report(
        type,
        { ...ids, metadata: { order_id: order.id } },
        { account: 'acct_other', livemode: false },
      );
      const { status, body } = await world.deliver(event);
      expect([status, body.outcome]).toEqual([200, 'ignored']);
    }
    expect((await world.shop.order(buyer, order.id)).status).toBe('pending');
    expect(await world.counted()).toMatchObject({ 'ignored-other-account': TYPES.length });
  });
});

describe('where an event comes from', () => {
  const modes = ['live', 'test', undefined] as const;
  const claims = [true, false, undefined, null, 'true', 0];
  const cells = modes.flatMap((mode) => claims.flatMap((event) => claims.map((object) => ({ mode, event, object }))));

  test.each(cells)('key $mode, livemode $event of the event and $object of its object', ({ mode, event, object }) => {
    const isTest = event === false || object === false;
    const isLive = event === true || object === true;
    const expected = mode === 'live' && isTest ? 'test-mode' : mode === 'test' && isLive ? 'live-mode' : 'here';
    expect(originOf({ livemode: event, data: { object: { livemode: object } } }, mode)).toBe(expected);
    const connected = { livemode: event, account: 'acct_1', data: { object: { livemode: object } } };
    expect(originOf(connected, mode)).toBe('other-account');
  });
});
