import { settle } from '@ticketing/order-core/settle';
import { present } from '@ticketing/service-kit/present';
import { findFaults } from '@ticketing/testing/invariants';
import { waitUntil } from '@ticketing/testing/wait-until';
import { v7 as uuidv7 } from 'uuid';
import { describe, expect, test } from 'vitest';
import { backUp } from './backup.ts';
import { dlq, reconcile } from './commands.ts';
import { hearAll, makeIntent, payUnheard, startPayments } from './stripe-world.ts';
import { openWorld, paid, type World } from './worker.ts';

interface Letter {
  id: string;
  code: string;
  source: string;
  orderId: string;
  topic: string;
  result: { kind: string; how?: string; reason?: string };
}

async function listed(world: World, args: string[] = []): Promise<Letter[]> {
  return JSON.parse((await dlq(world, ['list', '--json', ...args])).out) as Letter[];
}

async function handled(world: World, args: string[]): Promise<{ status: number; letters: Letter[]; err: string }> {
  const { status, out, err } = await dlq(world, [...args, '--json']);
  return { status, err, letters: out === '' ? [] : out.split('\n').map((line) => JSON.parse(line) as Letter) };
}

async function statusOf({ admin }: World, orderId: string): Promise<string | undefined> {
  const { rows } = await admin.query<{ status: string }>('select status from orders.orders where id = $1', [orderId]);
  return rows[0]?.status;
}

const reports = async ({ admin }: World, orderId: string) => {
  const { rows } = await admin.query<{ type: string; result: string; reason: string }>(
    'select type, result, reason from orders.payment_events where order_id = $1 order by received_at, event_id',
    [orderId],
  );
  return rows;
};

test('after a backup, a sale and a restore, reconciling finds all the money: in orders, or to be sent back', async () => {
  const world = await openWorld();
  const { stripe } = world;
  const event = await world.event(500);
  const [toRefund, toDispute, ...others] = await payUnheard(world, event, 4);
  const refunded = present(toRefund);
  const disputed = present(toDispute);
  await hearAll(world);
  const [open] = await startPayments(world, await world.holds(event, 1));
  const [held = ''] = await world.holds(event, 1);
  const backedUpAt = new Date().toISOString();
  const restore = await backUp(world);

  // Sold after the backup: more than a page.
  const sold = await payUnheard(world, event, 120);
  const [heldPayment] = await startPayments(world, [held]);
  stripe.pay(present(open).intentId);
  stripe.pay(present(heldPayment).intentId);
  stripe.refundByHand(refunded.intentId);
  stripe.dispute(disputed.intentId);
  stripe.refundByHand(present(sold[0]).intentId, 500);
  stripe.refundByHand(present(sold[1]).intentId);
  stripe.dispute(present(sold[2]).intentId, { status: 'warning_needs_response' });
  // And of another product on the same account, which nobody may touch.
  const foreign = await makeIntent(world, { order_id: '10234' });
  stripe.pay(foreign);
  stripe.refundByHand(foreign, 100);
  await hearAll(world);
  await restore();
  expect(await world.statuses()).toEqual({ paid: 4, pending: 2 });

  const first = await reconcile(world, ['--since', backedUpAt]);
  expect(first.status).toBe(0);
  expect(first.err).toMatch(/^events: \d+ looked at, \d+ new$/m);
  expect(first.err).toMatch(/^payment intents: 127 looked at, 0 new$/m);
  expect(first.out).toMatch(/^Of another product on the same account: 2$/m);
  expect(first.out).toMatch(/^Some are for you to decide: pnpm dlq list$/m);
  // What was known before, or can be, is as if its webhooks had come now.
  expect(await statusOf(world, refunded.orderId)).toBe('refunded');
  expect(await world.statuses()).toEqual({ paid: 5, refunded: 1 });
  expect((await reports(world, disputed.orderId)).filter(({ type }) => type === 'payment.disputed')).toContainEqual(
    expect.objectContaining({ reason: 'dispute needs_response' }),
  );
  for (const { orderId } of others) expect(await statusOf(world, orderId)).toBe('paid');

  // Every payment that nobody here knows is listed, once, and the dispute about one of them.
  const unknown = await listed(world, ['--code', 'UNKNOWN_ORDER']);
  const payments = unknown.filter(({ topic }) => topic.endsWith('payment.succeeded'));
  expect(payments.map(({ orderId }) => orderId).toSorted()).toEqual(sold.map(({ orderId }) => orderId).toSorted());
  expect(unknown.filter((letter) => !payments.includes(letter))).toEqual([
    expect.objectContaining({ orderId: present(sold[2]).orderId, source: 'database' }),
  ]);

  const refunds = await handled(world, ['refund', '--code', 'UNKNOWN_ORDER', '--note', 'restored', '--by', 'alice']);
  expect(refunds.status).toBe(0);
  expect(Map.groupBy(refunds.letters, ({ result }) => `${result.kind} ${result.how}`)).toMatchObject(
    new Map([
      ['refunded succeeded', { length: 119 }],
      ['refunded already', { length: 1 }],
    ]),
  );
  const { rows: kept } = await world.admin.query(
    `select distinct action, actor, note, count(*)::int from orders.interventions group by 1, 2, 3`,
  );
  expect(kept).toEqual([{ action: 'refund', actor: 'alice', note: 'restored', count: 120 }]);

  // Stripe reports those refunds; nobody need look at that.
  await hearAll(world);
  const books = stripe.books();
  const ours = { ...books, paymentIntents: books.paymentIntents.filter(({ id }) => id !== foreign) };
  expect(await findFaults(world.admin, ours)).toEqual([]);
  expect((await listed(world)).map(({ topic }) => topic)).toEqual([expect.stringMatching(/payment\.disputed$/)]);

  // All of it is known now.
  const again = await reconcile(world, ['--since', backedUpAt, '--json']);
  const { synced } = JSON.parse(again.out) as { synced: { news: unknown[] }[] };
  expect(synced.map(({ news }) => news)).toEqual([[], [], [], []]);
});

test('a payment that was discarded is not listed again, however it is found', async () => {
  const world = await openWorld();
  const orderId = uuidv7();
  world.stripe.pay(await makeIntent(world, { order_id: orderId }));
  const find = () => reconcile(world, ['--since', '1h']);
  await find();
  const [letter] = await listed(world);
  expect(letter).toMatchObject({ orderId, code: 'UNKNOWN_ORDER' });
  await dlq(world, ['discard', present(letter).id]);
  await find();
  expect(await listed(world)).toEqual([]);
  await hearAll(world);
  expect(await listed(world)).toEqual([]);
});

describe('dlq refund', () => {
  test('says what it would do, needs to be told which, and takes only what can be refunded', async () => {
    const world = await openWorld();
    const orderId = uuidv7();
    world.stripe.pay(await makeIntent(world, { order_id: orderId }));
    await reconcile(world, ['--since', '1h']);
    const [letter] = await listed(world);
    const { id } = present(letter);
    const dry = await handled(world, ['refund', id, '--dry-run']);
    expect(dry.letters).toMatchObject([{ id, result: { kind: 'would-refund' } }]);
    expect(world.stripe.books().refunds).toEqual([]);
    for (const wrong of [
      ['refund'],
      ['refund', '--all'],
      ['refund', '--code', 'TOMBSTONE'],
      ['discard', id, '--note', 'x'],
    ]) {
      expect([wrong, (await dlq(world, wrong)).status]).toEqual([wrong, 64]);
    }
    expect((await dlq(world, ['refund', id], { STRIPE_SECRET_KEY: undefined })).status).toBe(78);
    expect((await dlq(world, ['refund', id], { DATABASE_URL: undefined })).status).toBe(2);
    expect(world.stripe.books().refunds).toEqual([]);
    expect(await handled(world, ['refund', id])).toMatchObject({
      status: 0,
      letters: [{ result: { kind: 'refunded' } }],
    });
    expect(world.stripe.books().refunds).toHaveLength(1);
    expect((await dlq(world, ['refund', id])).status).toBe(2);
  });

  test('sends back a payment of a wrong amount, out of the topic and of the database', async () => {
    const world = await openWorld();
    await world.startWorker();
    const [payment] = await startPayments(world, await world.holds(await world.event(), 1));
    const { orderId, intentId } = present(payment);
    world.stripe.pay(intentId);
    const report = paid(orderId, { paymentIntentId: intentId, amount: 1 });
    await world.producer.send(report);
    await waitUntil('the dead letter', async () => (await listed(world)).some(({ source }) => source === 'kafka'));
    expect(await handled(world, ['refund', report.eventId])).toMatchObject({
      status: 0,
      letters: [{ code: 'AMOUNT_MISMATCH', source: 'kafka', result: { kind: 'refunded' } }],
    });
    expect(world.stripe.books().refunds).toMatchObject([{ payment_intent: intentId, amount: 2500 }]);
    expect(await listed(world)).toEqual([]);
  });

  test('touches no payment that Stripe says is another one, and none whose order is there', async () => {
    const world = await openWorld();
    const event = await world.event();
    const foreign = await makeIntent(world, { order_id: '10234' });
    world.stripe.pay(foreign);
    const open = uuidv7();
    const openIntent = await makeIntent(world, { order_id: open });
    const [late] = await payUnheard(world, event, 1);
    const { orderId, intentId } = present(late);
    const lies = [
      paid(uuidv7(), { paymentIntentId: foreign }),
      paid(open, { paymentIntentId: openIntent }),
      paid(uuidv7(), { paymentIntentId: 'pi_nobody_knows' }),
    ];
    await settle(world.db.pool, lies);
    // Rejected when its order was not there, as in a database that is restored to a later time afterwards.
    const early = paid(orderId, { paymentIntentId: intentId });
    await world.admin.query(
      `insert into orders.payment_events (event_id, type, order_id, payment_intent_id, result, reason, outcome)
       values ($1, $2, $3, $4, 'rejected', 'unknown-order', $5)`,
      [early.eventId, early.type, orderId, intentId, JSON.stringify(early)],
    );
    const { status, letters } = await handled(world, ['refund', '--code', 'UNKNOWN_ORDER']);
    expect(status).toBe(1);
    const reasons = new Map(letters.map(({ id, result }) => [id, result.reason]));
    expect(reasons.get(present(lies[0]).eventId)).toContain(`${foreign} is not a payment of order`);
    expect(reasons.get(present(lies[1]).eventId)).toBe(`At Stripe, ${openIntent} is requires_payment_method.`);
    expect(reasons.get(present(lies[2]).eventId)).toContain('No such payment_intent');
    expect(reasons.get(early.eventId)).toBe('Its order is there now: replay it.');
    expect(world.stripe.books().refunds).toEqual([]);
    expect(await listed(world)).toHaveLength(4);
  });

  test('can be tried again when Stripe refuses, and a refund that fails later is listed', async () => {
    const world = await openWorld();
    const orderId = uuidv7();
    world.stripe.pay(await makeIntent(world, { order_id: orderId }));
    await hearAll(world);
    world.stripe.failNext({
      path: '/v1/refunds',
      status: 400,
      code: 'balance_insufficient',
      message: 'No funds',
      times: 1,
    });
    const refund = () => handled(world, ['refund', '--code', 'UNKNOWN_ORDER']);
    expect(await refund()).toMatchObject({ status: 1, letters: [{ result: { kind: 'failed', reason: 'No funds' } }] });
    expect(await refund()).toMatchObject({ status: 0, letters: [{ result: { kind: 'refunded' } }] });
    const [made] = world.stripe.books().refunds;
    await hearAll(world);
    expect(await listed(world)).toEqual([]);
    world.stripe.changeRefund(present(made).id, 'failed', 'lost_or_stolen_card');
    await reconcile(world, []);
    expect(await listed(world)).toMatchObject([
      { orderId, code: 'UNKNOWN_ORDER', topic: `${world.prefix}payment.refunded` },
    ]);
    await reconcile(world, ['--since', '1h']);
    expect(await listed(world)).toHaveLength(1);
  });
});
