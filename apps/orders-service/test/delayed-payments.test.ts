import { decideStuck } from '@ticketing/order-core/refund-admin';
import { startLocalStripe } from '@ticketing/testing/local-stripe';
import { waitUntil } from '@ticketing/testing/wait-until';
import { describe, expect, onTestFinished, test } from 'vitest';
import { jobOf, openForTest, startedOrder, untilStatus } from './orders.ts';
import { WEBHOOK_SECRET, type Shop } from './shop.ts';

const DAY_MS = 24 * 60 * 60_000;

/** A shop that takes debits. */
const openWithDebits = () => openForTest({ STRIPE_DELAYED_METHODS: 'on' });

/** An order of two tickets whose payment was started. */
async function orderOfTwo(shop: Shop, endsAt = new Date(Date.now() + 60 * DAY_MS)) {
  return startedOrder(shop, await shop.createEvent([{}], { endsAt }), 2);
}

/** What the cancellation of the order's payment has come to. */
const cancellation = (shop: Shop, orderId: string) => jobOf(shop, orderId, 'cancel-payment');

/** A debit under way whose hold is over. */
async function processedOrder(shop: Shop) {
  const order = await orderOfTwo(shop);
  shop.stripe.pay(order.intentId, 'sepaDebit');
  await shop.expire(order.orderId);
  await waitUntil(
    'the cancellation to wait',
    async () => (await cancellation(shop, order.orderId))?.fault === 'waiting',
  );
  return order;
}

describe('ways to pay that take days', () => {
  const offered = (shop: Shop) => {
    const [intent] = shop.stripe.books().paymentIntents;
    return !(intent?.excluded_payment_method_types ?? []).includes('sepa_debit');
  };

  test.each([
    ['are not offered by default', {}, 60, false],
    ['are offered where that is wanted', { STRIPE_DELAYED_METHODS: 'on' }, 60, true],
    ['are never offered shortly before an event', { STRIPE_DELAYED_METHODS: 'on' }, 10, false],
  ] as const)('%s', async (_case, settings, days, isOffered) => {
    const shop = await openForTest({ ...settings });
    await orderOfTwo(shop, new Date(Date.now() + days * DAY_MS));
    expect(offered(shop)).toBe(isOffered);
  });
});

describe('a debit that is being processed when its hold ends', () => {
  test('keeps the order from being cancelled, and says so; waiting for it uses up no attempt', async () => {
    const shop = await openWithDebits();
    const { buyer, orderId } = await processedOrder(shop);
    const cancelled = await shop.call<{ code: string; detail: string }>('POST', `/orders/${orderId}/cancel`, {
      token: buyer,
    });
    expect([cancelled.status, cancelled.body.code]).toEqual([409, 'ORDER_STATE']);
    expect(cancelled.body.detail).toContain('processed by the bank');
    // The next failure that counts would be the last.
    await shop.admin.query(
      `update orders.outbox set failures = 19, attempts = 19, run_at = now() where kind = 'cancel-payment'`,
    );
    await waitUntil('another try', async () => (await cancellation(shop, orderId))?.attempts === 20);
    await waitUntil('it to wait', async () => {
      const { rowCount } = await shop.admin.query(
        `select from orders.outbox where attempts = 20 and locked_until is null`,
      );
      return rowCount === 1;
    });
    expect(await cancellation(shop, orderId)).toMatchObject({ fault: 'waiting', failures: 19, parked_at: null });
    expect((await shop.order(buyer, orderId)).status).toBe('pending');
  });

  test('frees its seats by itself when it fails, even if its cancellation was given up', async () => {
    const shop = await openWithDebits();
    const { buyer, orderId, intentId, eventId } = await processedOrder(shop);
    await shop.admin.query(
      `update orders.outbox set parked_at = now(), run_at = now() + interval '1 day' where kind = 'cancel-payment'`,
    );
    shop.stripe.finishProcessing(intentId, 'failed');
    await untilStatus(shop, buyer, orderId, 'expired');
    expect(await shop.availability(eventId)).toMatchObject([{ held: 0, sold: 0 }]);
  });

  test('buys its tickets when it succeeds before the event ends', async () => {
    const shop = await openWithDebits();
    const { buyer, orderId, intentId } = await processedOrder(shop);
    shop.stripe.finishProcessing(intentId, 'succeeded');
    await untilStatus(shop, buyer, orderId, 'paid');
  });

  test('goes back when it succeeds after the event', async () => {
    const shop = await openWithDebits();
    const { buyer, orderId, intentId, eventId } = await processedOrder(shop);
    const ended = new Date(Date.now() - DAY_MS);
    await shop.admin.query('update events.events set starts_at = $2, ends_at = $3 where id = $1', [
      eventId,
      new Date(ended.getTime() - DAY_MS),
      ended,
    ]);
    shop.stripe.finishProcessing(intentId, 'succeeded');
    await untilStatus(shop, buyer, orderId, 'refunded');
    expect((await shop.order(buyer, orderId)).refundReason).toBe('event-over');
    expect(await shop.tickets(buyer, orderId)).toEqual([]);
    expect(await shop.availability(eventId)).toMatchObject([{ held: 0, sold: 0 }]);
  });
});

test('a cancellation that Stripe will never do can be settled by a person, and the seats are free', async () => {
  const shop = await openWithDebits();
  const { buyer, orderId, intentId, eventId } = await processedOrder(shop);
  await shop.admin.query(`update orders.outbox set parked_at = now() where kind = 'cancel-payment'`);
  const decision = { action: 'settle-elsewhere', id: intentId, actor: 'ada', note: 'account closed' } as const;
  expect(await decideStuck(shop.pool, decision)).toEqual({ kind: 'done', orderId, subject: 'cancel-payment' });
  await untilStatus(shop, buyer, orderId, 'expired');
  expect(await shop.availability(eventId)).toMatchObject([{ held: 0, sold: 0 }]);
  // The bank pays after all: late, and there are seats.
  shop.stripe.finishProcessing(intentId, 'succeeded');
  await untilStatus(shop, buyer, orderId, 'paid');
});

describe('an intent that Stripe does not know', () => {
  /** The same address, with nothing of what was there. */
  async function replaceStripe(shop: Shop, accountId: string) {
    const port = Number(new URL(shop.stripe.url).port);
    await shop.stripe.close();
    const other = await startLocalStripe({ webhookSecret: WEBHOOK_SECRET, port, accountId });
    onTestFinished(other.close);
    return other;
  }

  test('keeps its hold when the key is of another account: nobody knows whether it is paid', async () => {
    const shop = await openWithDebits();
    const { buyer, orderId } = await orderOfTwo(shop);
    await replaceStripe(shop, shop.stripe.accountId);
    // As if the intent had been made with the key of another account.
    await shop.admin.query(`update orders.payments set account_id = 'acct_another' where order_id = $1`, [orderId]);
    await shop.expire(orderId);
    await waitUntil(
      'the cancellation to fail',
      async () => (await cancellation(shop, orderId))?.fault === 'infrastructure',
    );
    expect(await cancellation(shop, orderId)).toMatchObject({ failures: 0, parked_at: null });
    expect((await shop.order(buyer, orderId)).status).toBe('pending');
  });

  test('is as good as cancelled when the account is the same: its test data were deleted', async () => {
    const shop = await openWithDebits();
    const { buyer, orderId } = await orderOfTwo(shop);
    await replaceStripe(shop, shop.stripe.accountId);
    await shop.expire(orderId);
    await untilStatus(shop, buyer, orderId, 'expired');
  });
});
