import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { recordIntent } from '@ticketing/order-core/payments';
import { readPayable } from '@ticketing/order-core/payments';
import { refundOrders } from '@ticketing/order-core/refund';
import { releaseExpired } from '@ticketing/order-core/release';
import { settle } from '@ticketing/order-core/settle';
import { present } from '@ticketing/service-kit/present';
import { waitUntil } from '@ticketing/testing/wait-until';
import { reconcile } from './commands.ts';
import { openWorld, paid, type World } from './worker.ts';

interface Result {
  asked: number;
  settled: { kind: string; orderId: string }[];
  failed: { orderId: string; intentId: string; reason: string }[];
  isLimitReached: boolean;
}

async function reconciled(world: World, args: string[]): Promise<Result> {
  return JSON.parse((await reconcile(world, ['--json', ...args])).out) as Result;
}

/** Orders whose payments were started, with the intents; nothing has reported their end. */
async function startPayments(world: World, count: number) {
  const orders = await world.holds(await world.event(), count);
  return Promise.all(
    orders.map(async (orderId) => {
      const response = await fetch(`${world.stripe.url}/v1/payment_intents`, {
        method: 'POST',
        headers: { authorization: 'Bearer sk_test_local', 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ amount: '2500', currency: 'eur', 'metadata[order_id]': orderId }),
      });
      const { id: intentId } = (await response.json()) as { id: string };
      await recordIntent(world.db.pool, { orderId, intentId, clientSecret: null, accountId: null });
      return { orderId, intentId };
    }),
  );
}

test('payments whose webhooks never came are settled, those that are open are left, and all are asked about once', async () => {
  const world = await openWorld();
  const payments = await startPayments(world, 50);
  const paidOnes = payments.slice(0, 30);
  for (const { intentId } of paidOnes) world.stripe.pay(intentId);
  const result = await reconciled(world, ['--older-than', '0']);
  expect(result).toMatchObject({ asked: 50, failed: [], isLimitReached: false });
  expect(new Set(result.settled.map(({ orderId }) => orderId))).toEqual(
    new Set(paidOnes.map(({ orderId }) => orderId)),
  );
  expect(await world.statuses()).toEqual({ paid: 30, pending: 20 });
  expect(await world.faults()).toEqual([]);
});

test('what was started or asked about lately is left alone', async () => {
  const world = await openWorld();
  await startPayments(world, 2);
  expect(await reconciled(world, [])).toMatchObject({ asked: 0 });
  await world.admin.query(`update orders.payments set created_at = now() - interval '3 minutes'`);
  expect(await reconciled(world, [])).toMatchObject({ asked: 2 });
  expect(await reconciled(world, [])).toMatchObject({ asked: 0 });
});

test('the limit bounds what is asked about, and is said when it is reached', async () => {
  const world = await openWorld();
  await startPayments(world, 30);
  const first = await reconcile(world, ['--older-than', '0', '--limit', '25']);
  expect(first.out).toMatch(
    /^Asked about 25: 0 settled, 25 still open at Stripe, 0 failed\nThe limit of 25 was reached/,
  );
});

test('a payment that Stripe cannot be asked about is named, fails the command, and is asked about the next time', async () => {
  const world = await openWorld();
  const [payment] = await startPayments(world, 1);
  world.stripe.pay(payment?.intentId ?? '');
  // Asking about it, and going through the events, which says the same.
  world.stripe.failNext({ status: 500, times: 4 });
  const failed = await reconcile(world, ['--older-than', '0', '--json']);
  expect(failed.status).toBe(1);
  expect(JSON.parse(failed.out)).toMatchObject({ asked: 1, settled: [], failed: [payment] });
  const { status, out } = await reconcile(world, ['--older-than', '0']);
  expect(status).toBe(0);
  expect(out).toMatch(
    new RegExp(
      `^${payment?.orderId}: paid\\nAsked about 1: 1 settled, 0 still open at Stripe, 0 failed\\n` +
        'Looked at 1 event, 1 payment intent, 0 refunds, 0 disputes since .*: 0 new$',
    ),
  );
});

test('an intent that Stripe does not know is as good as cancelled in the account that made it, else nothing is known', async () => {
  const world = await openWorld();
  const [gone = '', foreign = ''] = await world.holds(await world.event(), 2);
  const record = (orderId: string, accountId: string) =>
    recordIntent(world.db.pool, { orderId, intentId: `pi_${randomUUID()}`, clientSecret: null, accountId });
  await record(gone, world.stripe.accountId);
  await record(foreign, 'acct_another');
  const { out, status } = await reconcile(world, ['--older-than', '0']);
  expect(status).toBe(1);
  expect(out).toMatch(new RegExp(`^${gone}: noted \\(payment cancelled\\)`));
  expect(out).toMatch(new RegExp(`^${foreign}: failed, .*No such payment_intent`, 'm'));
});

test('the exit status is 64 for wrong usage and 78 for a wrong environment, whose values are not shown', async () => {
  const world = await openWorld();
  for (const wrong of [['--limit', '0'], ['--older-than', 'long'], ['--nonsense'], ['now']]) {
    expect([wrong, (await reconcile(world, wrong)).status]).toEqual([wrong, 64]);
  }
  const { status, err } = await reconcile(world, [], { STRIPE_SECRET_KEY: 'no-such-form-of-key' });
  expect(status).toBe(78);
  expect(err).toContain('STRIPE_SECRET_KEY');
  expect(err).not.toContain('no-such-form-of-key');
  expect((await reconcile(world, ['--help'])).status).toBe(0);
});

test('a hold whose payment came with another amount ends in its time, and may be paid again until then', async () => {
  const world = await openWorld();
  const [payment] = await startPayments(world, 1);
  const { orderId, intentId } = present(payment);
  const { rows } = await world.admin.query<{ buyer: string }>('select buyer_id as buyer from orders.orders');
  await settle(world.db.pool, [paid(orderId, { paymentIntentId: intentId, amount: 1 })]);
  const payable = await readPayable(world.db.pool, orderId, present(rows[0]).buyer);
  expect(payable).toMatchObject({ kind: 'payable', intentId: null, attempt: 2 });
  await world.admin.query('update orders.orders set expires_at = now()');
  expect(await releaseExpired(world.db.pool)).toMatchObject({ released: 1, failed: [] });
  expect(await world.statuses()).toEqual({ expired: 1 });
});

test('a refund that was given up is carried out when an operator hands it out again', async () => {
  const world = await openWorld();
  const [payment] = await startPayments(world, 1);
  const { orderId, intentId } = present(payment);
  world.stripe.pay(intentId);
  await settle(world.db.pool, [paid(orderId, { paymentIntentId: intentId })]);
  await refundOrders(world.db.pool, [orderId], 'requested');
  await world.admin.query(
    `update orders.outbox set attempts = 20, failures = 20, parked_at = now(), last_error = 'Charge charged back'`,
  );
  await world.startWorker();
  // As docs/payments.md says it.
  await world.admin.query(
    `update orders.outbox set parked_at = null, attempts = 1, run_at = now() where parked_at is not null and order_id = $1`,
    [orderId],
  );
  await waitUntil('the refund', async () => (await world.statuses()).refunded === 1);
  expect(world.stripe.books().refunds).toHaveLength(1);
});
