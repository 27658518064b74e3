import { openMailer } from '@ticketing/mail/transport';
import { withSyncLock } from '@ticketing/order-core/provider-sync';
import { createSettling } from '@ticketing/order-core/settle';
import { startJobs } from '@ticketing/order-effects/background';
import { outboxMetrics } from '@ticketing/order-effects/outbox-metrics';
import { createPrecedence } from '@ticketing/order-effects/precedence';
import { createStripe } from '@ticketing/order-effects/stripe';
import { stripeAccount } from '@ticketing/order-effects/stripe-account';
import { createStripeLimiter } from '@ticketing/order-effects/stripe-limiter';
import { createSyncRound } from '@ticketing/order-effects/sync/background';
import type { SyncOptions } from '@ticketing/order-effects/sync/walk';
import { silentLog } from '@ticketing/service-kit/log';
import { present } from '@ticketing/service-kit/present';
import { findFaults } from '@ticketing/testing/invariants';
import { waitUntil } from '@ticketing/testing/wait-until';
import { Registry } from 'prom-client';
import { v7 as uuidv7 } from 'uuid';
import { expect, inject, onTestFinished, test } from 'vitest';
import { dlq, reconcile } from './commands.ts';
import { hearAll, makeIntent, payUnheard, startPayments } from './stripe-world.ts';
import { openWorld, type World } from './worker.ts';

const RESOURCES = ['disputes', 'events', 'payment_intents', 'refunds'];
const ALWAYS = { everyMs: 0, pagesPerRound: 50 };

function syncOptions({ db, stripe: local }: World): SyncOptions {
  const stripe = createStripe({ secretKey: 'sk_test_local', apiBase: local.url });
  const settling = createSettling(db.pool);
  return {
    ...{ db, stripe, account: stripeAccount(stripe), limiter: createStripeLimiter(1000) },
    ...{ settle: settling.submit, log: silentLog },
  };
}

const signal = () => new AbortController().signal;

async function syncedUntil({ admin }: World): Promise<Record<string, Date>> {
  const { rows } = await admin.query<{ resource: string; until: Date }>(
    'select resource, synced_until as until from orders.provider_sync order by resource',
  );
  return Object.fromEntries(rows.map(({ resource, until }) => [resource, until]));
}

async function count({ admin }: World, from: string): Promise<number> {
  const { rows } = await admin.query<{ count: number }>(`select count(*)::int from orders.${from}`);
  return present(rows[0]).count;
}

/** A Stripe whose webhooks reach nobody, and that has forgotten its events: what is left are the objects. */
const forgetful = () =>
  openWorld(inject('kafkaBrokers'), {
    ...{ webhookUrl: 'http://127.0.0.1:9/nobody', maxFinishedEvents: 0, delivery: { maxAttempts: 1 } },
  });

test('refunds by hand and disputes whose webhooks are lost are found in the background', async () => {
  const world = await openWorld();
  const event = await world.event();
  const [refunded, disputed, both] = await payUnheard(world, event, 3);
  await hearAll(world);
  world.stripe.refundByHand(present(refunded).intentId);
  const dispute = world.stripe.dispute(present(disputed).intentId);
  world.stripe.refundByHand(present(both).intentId, 1000);
  const mailer = openMailer({ directory: world.mailDirectory });
  const jobs = startJobs(
    {
      ...{ ...syncOptions(world), mailer, precedence: createPrecedence() },
      mailFrom: { name: 'Tickets', address: 'tickets@preview.invalid' },
    },
    {},
    { lookEveryMs: 20 },
  );
  onTestFinished(async () => {
    await jobs.close();
    await mailer.close();
  });
  await waitUntil('all lists to be gone through', async () => Object.keys(await syncedUntil(world)).length === 4);
  expect(await world.statuses()).toEqual({ paid: 2, refunded: 1 });
  expect(await count(world, `payment_refunds where status = 'succeeded'`)).toBe(2);
  expect(await count(world, `payment_events where reason = 'dispute ${dispute.status}'`)).toBeGreaterThan(0);
  expect(await findFaults(world.admin, world.stripe.books())).toEqual([]);
  const registry = new Registry();
  outboxMetrics(registry, world.db.pool);
  expect(await registry.metrics()).toMatch(/^stripe_sync_age_seconds \d/m);
});

test('what has no event any more is found by its object, and nothing twice', async () => {
  const world = await forgetful();
  const { stripe } = world;
  const event = await world.event();
  const [refunded, disputed, sold] = await payUnheard(world, event, 3);
  const [canceled, open] = await startPayments(world, await world.holds(event, 2));
  stripe.refundByHand(present(refunded).intentId);
  stripe.dispute(present(disputed).intentId, { status: 'lost' });
  await createStripe({ secretKey: 'sk_test_local', apiBase: stripe.url }).paymentIntents.cancel(
    present(canceled).intentId,
  );
  const unknown = uuidv7();
  const unknownIntent = await makeIntent(world, { order_id: unknown });
  stripe.pay(unknownIntent);
  stripe.dispute(unknownIntent);
  await stripe.delivered();
  expect(stripe.events()).toEqual([]);

  const find = async () => {
    const { synced } = JSON.parse((await reconcile(world, ['--since', '1h', '--json'])).out) as {
      synced: { resource: string; news: { kind: string }[] }[];
    };
    return Object.fromEntries(synced.map(({ resource, news }) => [resource, news.map(({ kind }) => kind).toSorted()]));
  };
  expect(await find()).toEqual({
    events: [],
    payment_intents: ['noted', 'paid', 'paid', 'paid', 'rejected'],
    refunds: ['refunded'],
    disputes: ['noted', 'rejected'],
  });
  expect(await world.statuses()).toEqual({ paid: 2, pending: 2, refunded: 1 });
  expect(await count(world, `payments where status = 'cancelled'`)).toBe(1);
  expect(await count(world, `payments where status = 'open'`)).toBe(1);
  expect(present(open).intentId).toBeTruthy();
  expect(present(sold).orderId).toBeTruthy();
  const before = await count(world, 'payment_events');
  expect(await find()).toEqual({ events: [], payment_intents: [], refunds: [], disputes: [] });
  expect(await count(world, 'payment_events')).toBe(before);

  // What changes later is found again.
  stripe.changeDispute(present(stripe.books().disputes.find(({ status }) => status === 'lost')).id, 'won');
  stripe.changeRefund(present(stripe.books().refunds[0]).id, 'failed');
  await stripe.delivered();
  expect(await find()).toEqual({ events: [], payment_intents: [], refunds: ['noted'], disputes: ['noted'] });
  expect(await world.statuses()).toEqual({ paid: 2, pending: 2, refunding: 1 });
});

test('a crash between pages loses nothing: what was not gone through to its end is gone through again', async () => {
  const world = await openWorld();
  const payments = await payUnheard(world, await world.event(), 230);
  const firstProcess = createSyncRound(syncOptions(world), { everyMs: 0, pagesPerRound: 1 });
  expect(await firstProcess(signal())).toBe(true);
  expect((await world.statuses()).paid).toBeGreaterThan(0);
  expect((await world.statuses()).paid).toBeLessThanOrEqual(100);
  world.stripe.failNext({ path: '/v1/events', status: 500, times: 2 });
  await firstProcess(signal());
  expect(await syncedUntil(world)).not.toHaveProperty('events');
  // Another process, which knows of no page.
  const secondProcess = createSyncRound(syncOptions(world), ALWAYS);
  expect(await secondProcess(signal())).toBe(false);
  expect(Object.keys(await syncedUntil(world))).toEqual(RESOURCES);
  expect(await world.statuses()).toEqual({ paid: payments.length });
  expect(await count(world, `payment_events where result = 'paid'`)).toBe(payments.length);
  expect(await count(world, `payment_events where result <> 'paid'`)).toBe(0);
  expect(await findFaults(world.admin, world.stripe.books())).toEqual([]);
});

test('a round goes on where the last one stopped, also if a page could not be had meanwhile', async () => {
  const world = await openWorld();
  await payUnheard(world, await world.event(), 230);
  const round = createSyncRound(syncOptions(world), { everyMs: 600_000, pagesPerRound: 1 });
  const paid = async () => (await world.statuses()).paid ?? 0;
  await round(signal());
  const first = await paid();
  world.stripe.failNext({ path: '/v1/events', status: 500, times: 2 });
  await round(signal());
  expect(await paid()).toBe(first);
  // Three pages of events (one is read already), three of intents (one is read already), and two that are empty.
  let rounds = 0;
  do expect(++rounds).toBeLessThan(10);
  while (await round(signal()));
  expect(await world.statuses()).toEqual({ paid: 230 });
  expect(Object.keys(await syncedUntil(world))).toEqual(RESOURCES);
});

test('a list that cannot be had keeps no other from being gone through', async () => {
  const world = await openWorld();
  await payUnheard(world, await world.event(), 2);
  // A restricted key that may not read events.
  world.stripe.failNext({ path: '/v1/events', status: 403, times: 1_000 });
  await createSyncRound(syncOptions(world), ALWAYS)(signal());
  expect(Object.keys(await syncedUntil(world))).toEqual(RESOURCES.filter((resource) => resource !== 'events'));
  expect(await world.statuses()).toEqual({ paid: 2 });
});

test('a payment that cannot be settled keeps no other from it, and is kept to be replayed', async () => {
  const world = await openWorld();
  const payments = await payUnheard(world, await world.event(), 5);
  const { orderId } = present(payments[2]);
  const cure = await world.poison(orderId);
  await createSyncRound(syncOptions(world), ALWAYS)(signal());
  expect(Object.keys(await syncedUntil(world))).toEqual(RESOURCES);
  expect(await world.statuses()).toEqual({ paid: 4, pending: 1 });
  await cure();
  const replay = await dlq(world, ['replay', '--code', 'RETRIES_EXHAUSTED', '--order', orderId]);
  expect(replay.out).toMatch(/was settled: paid\n1 done, 0 failed$/);
  expect(await world.statuses()).toEqual({ paid: 5 });
});

test('one process at a time goes through them, not again before it is time, and not what is long past', async () => {
  const world = await openWorld();
  const options = syncOptions(world);
  const round = createSyncRound(options, { everyMs: 600_000, pagesPerRound: 50 });
  await payUnheard(world, await world.event(), 1);
  await withSyncLock(world.db.pool, async () => {
    expect(await round(signal())).toBe(false);
    expect(await syncedUntil(world)).toEqual({});
  });
  await round(signal());
  const first = await syncedUntil(world);
  expect(await world.statuses()).toEqual({ paid: 1 });
  await payUnheard(world, await world.event(), 1);
  await round(signal());
  expect(await syncedUntil(world)).toEqual(first);
  await world.admin.query(`update orders.provider_sync set synced_until = now() - interval '11 minutes'`);
  await round(signal());
  expect(await world.statuses()).toEqual({ paid: 2 });
  expect(present((await syncedUntil(world)).events).getTime()).toBeGreaterThan(present(first.events).getTime());
});

test('going through the last hour only leaves what was before it still to be done', async () => {
  const world = await openWorld();
  const days = (text: string) =>
    world.admin.query(`update orders.provider_sync set synced_until = now() - $1::interval`, [text]);
  await reconcile(world, ['--since', '1h']);
  // Nothing was gone through ever: a day is still to be done.
  expect(await syncedUntil(world)).toEqual({});
  await reconcile(world, []);
  await days('2 days');
  const before = await syncedUntil(world);
  await reconcile(world, ['--since', '1h']);
  expect(await syncedUntil(world)).toEqual(before);
  await reconcile(world, ['--since', '3d']);
  expect(present((await syncedUntil(world)).events).getTime()).toBeGreaterThan(Date.now() - 60_000);
});

test('--since takes a time in the past, or how long ago', async () => {
  const world = await openWorld();
  for (const since of ['2026-11-22T10:00:00Z', '2026-11-22', '36h', '3d']) {
    expect([since, (await reconcile(world, ['--since', since])).status]).toEqual([since, 0]);
  }
  for (const wrong of ['yesterday', '3 days', '2999-01-01', '']) {
    expect([wrong, (await reconcile(world, ['--since', wrong])).status]).toEqual([wrong, 64]);
  }
});

test('what should have come by webhook is counted, and what has just happened is not', async () => {
  const world = await openWorld();
  const [fresh, old] = await startPayments(world, await world.holds(await world.event(), 2));
  world.stripe.pay(present(fresh).intentId);
  const { intentId: id, orderId } = present(old);
  const amounts = { amount: 2500, amount_received: 2500, currency: 'eur' };
  const created = Math.floor(Date.now() / 1000) - 600;
  const intent = { id, object: 'payment_intent', ...amounts, status: 'succeeded', metadata: { order_id: orderId } };
  world.stripe.emit('payment_intent.succeeded', intent, { created });
  let counted = 0;
  await createSyncRound({ ...syncOptions(world), onSettledByAsking: () => counted++ }, ALWAYS)(signal());
  expect(await world.statuses()).toEqual({ paid: 2 });
  expect(counted).toBe(1);
});
