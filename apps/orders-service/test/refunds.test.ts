import { readOrderMail } from '@ticketing/order-core/mail-data';
import { readOutboxState } from '@ticketing/order-core/outbox-admin';
import { decideStuck, listStuck } from '@ticketing/order-core/refund-admin';
import type { EventCancellation } from '@ticketing/types/order';
import { waitUntil } from '@ticketing/testing/wait-until';
import { describe, expect, test } from 'vitest';
import { openForTest, paidOrder, untilStatus } from './orders.ts';
import type { Shop } from './shop.ts';

/** A paid order of one ticket at €46.00. */
const orderOf46 = async (shop: Shop) => paidOrder(shop, await shop.createEvent([{ price: 4_600 }]));

const refund = (shop: Shop, orderId: string) =>
  shop.call('POST', `/orders/${orderId}/refund`, { token: shop.token('admin') });

/** The refunds as we have them: what, why, and how far. */
async function booked(shop: Shop, orderId: string) {
  const { rows } = await shop.admin.query<{ amount: number; reason: string; status: string }>(
    'select amount, reason, status from orders.payment_refunds where order_id = $1 order by created_at, amount desc',
    [orderId],
  );
  return rows;
}

async function untilBooked(shop: Shop, orderId: string, status: string): Promise<void> {
  await waitUntil(`the refund to be ${status}`, async () =>
    (await booked(shop, orderId)).some((one) => one.status === status),
  );
}

const mailsAbout = async (shop: Shop, subject: string) =>
  (await shop.mails()).filter((mail) => mail.includes(`Subject: ${subject}`));

describe('a refund that Stripe', () => {
  test.each(['pending', 'requires_action'] as const)(
    'calls %s waits, and is done when Stripe says so',
    async (status) => {
      const shop = await openForTest();
      const { buyer, orderId } = await orderOf46(shop);
      shop.stripe.nextRefunds({ status, times: 1 });
      await refund(shop, orderId);
      await untilBooked(shop, orderId, 'pending');
      await shop.stripe.delivered();
      expect((await shop.order(buyer, orderId)).status).toBe('refunding');
      expect(await mailsAbout(shop, 'Your refund')).toEqual([]);
      const [made] = shop.stripe.books().refunds;
      shop.stripe.changeRefund(made?.id ?? '', 'succeeded');
      await untilStatus(shop, buyer, orderId, 'refunded');
      await waitUntil('the email', async () => (await mailsAbout(shop, 'Your refund')).length === 1);
    },
  );

  test.each(['failed', 'canceled'] as const)('calls %s is told as stuck, and another try ends it', async (status) => {
    const shop = await openForTest();
    const { buyer, orderId, eventId } = await orderOf46(shop);
    shop.stripe.nextRefunds({ status, times: 1 });
    await shop.cancelEvent(eventId);
    await untilBooked(shop, orderId, 'failed');
    expect((await shop.order(buyer, orderId)).status).toBe('refunding');
    const { body } = await shop.call<EventCancellation>('GET', `/events/${eventId}/cancellation`, {
      token: shop.token('admin'),
    });
    expect(body.orders).toMatchObject({ refunding: 0, refunded: 0, stuck: 1 });
    expect(await readOutboxState(shop.pool)).toMatchObject({ refundsFailed: 1 });
    const [stuck] = await listStuck(shop.pool, 10);
    expect(stuck).toMatchObject({ kind: 'refund', orderId, amountMinor: 4_600, state: 'failed' });
    const decision = { action: 'retry', id: stuck?.id ?? '', actor: 'ada', note: null } as const;
    expect(await decideStuck(shop.pool, decision)).toMatchObject({ kind: 'done' });
    await untilStatus(shop, buyer, orderId, 'refunded');
    expect(await decideStuck(shop.pool, decision)).toEqual({ kind: 'not-stuck' });
    expect(await readOutboxState(shop.pool)).toMatchObject({ refundsFailed: 0 });
  });

  test('reports as failed days after it succeeded is found by the operator, who settles it in another way', async () => {
    const shop = await openForTest();
    const { buyer, orderId, eventId } = await orderOf46(shop);
    await shop.cancelEvent(eventId);
    await untilStatus(shop, buyer, orderId, 'refunded');
    const [made] = shop.stripe.books().refunds;
    shop.stripe.changeRefund(made?.id ?? '', 'failed', 'lost_or_stolen_card');
    await untilStatus(shop, buyer, orderId, 'refunding');
    const progress = await shop.call<EventCancellation>('GET', `/events/${eventId}/cancellation`, {
      token: shop.token('admin'),
    });
    expect(progress.body.orders.stuck).toBe(1);
    const [stuck] = await listStuck(shop.pool, 10);
    const decision = {
      action: 'settle-elsewhere',
      id: stuck?.id ?? '',
      actor: 'ada',
      note: 'by bank transfer',
    } as const;
    expect(await decideStuck(shop.pool, decision)).toMatchObject({ kind: 'done', subject: 'refund' });
    expect((await shop.order(buyer, orderId)).status).toBe('refunded');
    expect(await listStuck(shop.pool, 10)).toEqual([]);
    const { rows } = await shop.admin.query('select order_id, action, actor, note, subject from orders.interventions');
    expect(rows).toEqual([
      {
        ...{ order_id: orderId, action: 'settle-elsewhere', actor: 'ada', note: 'by bank transfer' },
        subject: `refund:${stuck?.id ?? ''}`,
      },
    ]);
  });

  test('reports in a word that nobody knows changes nothing, and is kept as unrecognized', async () => {
    const shop = await openForTest();
    const { buyer, orderId, intentId } = await orderOf46(shop);
    const object = { id: 're_odd', object: 'refund', payment_intent: intentId, status: 'reversed', metadata: {} };
    shop.stripe.emit('refund.updated', { ...object, amount: 4_600, currency: 'eur' });
    await shop.stripe.delivered();
    expect((await shop.order(buyer, orderId)).status).toBe('paid');
    const { rows } = await shop.admin.query(`select reason from orders.payment_events where result = 'unrecognized'`);
    expect(rows).toEqual([{ reason: expect.stringContaining('"reversed"') as string }]);
  });
});

describe('an event that is cancelled after a part was refunded by hand', () => {
  test('gives back what is left, in Stripe’s books, in ours and in the email', async () => {
    const shop = await openForTest();
    const { buyer, orderId, eventId, intentId } = await orderOf46(shop);
    shop.stripe.refundByHand(intentId, 4_000);
    await untilBooked(shop, orderId, 'succeeded');
    expect((await shop.order(buyer, orderId)).status).toBe('paid');
    await shop.cancelEvent(eventId);
    await untilStatus(shop, buyer, orderId, 'refunded');
    expect(shop.stripe.books().refunds.map(({ amount }) => amount)).toEqual([4_000, 600]);
    expect(await booked(shop, orderId)).toEqual([
      { amount: 4_000, reason: 'at-provider', status: 'succeeded' },
      { amount: 600, reason: 'event-cancelled', status: 'succeeded' },
    ]);
    const [mail = ''] = await waitUntil('the email', async () => {
      const mails = await mailsAbout(shop, 'Cancelled');
      return mails.length > 0 ? mails : undefined;
    });
    const text = mail.replaceAll('=\r\n', '').replaceAll('=E2=82=AC', '€');
    expect(text).toContain('€6.00 goes back');
    expect(text).toContain('€40.00 had been refunded before');
    expect(text).not.toContain('€46.00 goes back');
  });

  test('does so too when nobody had heard of that part', async () => {
    const shop = await openForTest();
    const { buyer, orderId, eventId, intentId } = await orderOf46(shop);
    shop.stripe.changeDelivery({ paused: true });
    shop.stripe.refundByHand(intentId, 4_000);
    await shop.cancelEvent(eventId);
    await waitUntil('the rest to go back', () => shop.stripe.books().refunds.length === 2);
    shop.stripe.changeDelivery({ paused: false });
    await untilStatus(shop, buyer, orderId, 'refunded');
    expect(shop.stripe.books().refunds.map(({ amount }) => amount)).toEqual([4_000, 600]);
    await waitUntil('the email', async () => (await mailsAbout(shop, 'Cancelled')).length === 1);
    const [mail = ''] = await mailsAbout(shop, 'Cancelled');
    expect(mail.replaceAll('=\r\n', '').replaceAll('=E2=82=AC', '€')).toContain('€6.00 goes back');
  });
});

/** Has Stripe asked again for all that waits for a person, and returns how much that was. */
async function retryAll(shop: Shop): Promise<number[]> {
  const stuck = await listStuck(shop.pool, 10);
  for (const { id } of stuck) {
    await decideStuck(shop.pool, { action: 'retry', id, actor: 'ada', note: null });
  }
  return stuck.map(({ amountMinor }) => amountMinor);
}

const text = (mail: string) => mail.replaceAll('=\r\n', '').replaceAll('=E2=82=AC', '€');

test('a refund that failed while its answer was lost is the one that failed, and no other is made unasked', async () => {
  const shop = await openForTest();
  const { buyer, orderId, eventId } = await orderOf46(shop);
  shop.stripe.nextRefunds({ status: 'failed', times: 1 });
  shop.stripe.changeDelivery({ paused: true });
  shop.stripe.failNext({ path: '/v1/refunds', status: 500, executed: true, times: 1 });
  await shop.cancelEvent(eventId);
  await untilBooked(shop, orderId, 'failed');
  expect(shop.stripe.books().refunds).toHaveLength(1);
  expect(await booked(shop, orderId)).toEqual([{ amount: 4_600, reason: 'event-cancelled', status: 'failed' }]);
  shop.stripe.changeDelivery({ paused: false });
  expect(await retryAll(shop)).toEqual([4_600]);
  await untilStatus(shop, buyer, orderId, 'refunded');
  expect(await booked(shop, orderId)).toEqual([{ amount: 4_600, reason: 'event-cancelled', status: 'succeeded' }]);
});

describe('a part that was refunded by hand', () => {
  test('and moves after the rest did is no second email about the rest', async () => {
    const shop = await openForTest();
    const { buyer, orderId, intentId } = await orderOf46(shop);
    shop.stripe.nextRefunds({ status: 'pending', times: 1 });
    const byHand = shop.stripe.refundByHand(intentId, 4_000);
    await untilBooked(shop, orderId, 'pending');
    await refund(shop, orderId);
    await untilBooked(shop, orderId, 'succeeded');
    shop.stripe.changeRefund(byHand.id, 'succeeded');
    await untilStatus(shop, buyer, orderId, 'refunded');
    await waitUntil('all emails', async () => {
      const { rowCount } = await shop.admin.query('select from orders.outbox where done_at is null');
      return rowCount === 0;
    });
    const mails = await mailsAbout(shop, 'Your refund');
    expect(mails.map((mail) => /€[\d.]+ goes back/.exec(text(mail))?.[0])).toEqual(['€6.00 goes back']);
  });

  test('and fails later, after the rest went back by hand too, is given back when that is asked for', async () => {
    const shop = await openForTest();
    const { buyer, orderId, intentId } = await orderOf46(shop);
    const first = shop.stripe.refundByHand(intentId, 4_000);
    shop.stripe.refundByHand(intentId);
    await untilStatus(shop, buyer, orderId, 'refunded');
    shop.stripe.changeRefund(first.id, 'failed');
    await untilStatus(shop, buyer, orderId, 'refunding');
    expect(await retryAll(shop)).toEqual([4_000]);
    await untilStatus(shop, buyer, orderId, 'refunded');
    const given = shop.stripe.books().refunds.filter(({ status }) => status === 'succeeded');
    expect(given.map(({ amount }) => amount).sort()).toEqual([4_000, 600]);
  });

  test('after our refund failed makes the next attempt smaller', async () => {
    const shop = await openForTest();
    const { buyer, orderId, intentId, eventId } = await orderOf46(shop);
    shop.stripe.nextRefunds({ status: 'failed', times: 1 });
    await shop.cancelEvent(eventId);
    await untilBooked(shop, orderId, 'failed');
    shop.stripe.refundByHand(intentId, 4_000);
    await untilBooked(shop, orderId, 'succeeded');
    await retryAll(shop);
    await untilStatus(shop, buyer, orderId, 'refunded');
    const given = shop.stripe.books().refunds.filter(({ status }) => status === 'succeeded');
    expect(given.map(({ amount }) => amount)).toEqual([4_000, 600]);
  });

  test('in place of our refund, which failed, is what the buyer of a cancelled event is told of', async () => {
    const shop = await openForTest();
    const { buyer, orderId, intentId, eventId } = await orderOf46(shop);
    shop.stripe.nextRefunds({ status: 'failed', times: 1 });
    await shop.cancelEvent(eventId);
    await untilBooked(shop, orderId, 'failed');
    shop.stripe.refundByHand(intentId);
    await untilStatus(shop, buyer, orderId, 'refunded');
    const [mail = ''] = await waitUntil('the email', async () => {
      const mails = await mailsAbout(shop, 'Cancelled');
      return mails.length > 0 ? mails : undefined;
    });
    expect(text(mail)).toContain('€46.00 goes back');
  });

  test('does not keep the email with the tickets, which is about no refund', async () => {
    const shop = await openForTest();
    const { orderId, intentId } = await orderOf46(shop);
    shop.stripe.refundByHand(intentId, 4_000);
    await untilBooked(shop, orderId, 'succeeded');
    const mail = await readOrderMail(shop.pool, { kind: 'mail', mail: 'tickets', orderId });
    expect(mail).toMatchObject({ tickets: [{}], refund: null });
  });

  test('and one of two that fails again: the email waits until all is back, and tells of all', async () => {
    const shop = await openForTest();
    const { buyer, orderId, intentId } = await orderOf46(shop);
    shop.stripe.refundByHand(intentId, 4_000);
    const other = shop.stripe.refundByHand(intentId, 600);
    await untilStatus(shop, buyer, orderId, 'refunded');
    shop.stripe.changeRefund(other.id, 'failed');
    await untilStatus(shop, buyer, orderId, 'refunding');
    // What an email says that could not be sent before.
    const amount = async () =>
      (await readOrderMail(shop.pool, { kind: 'mail', mail: 'refunded', orderId, intentId }))?.refund?.amount;
    expect(await amount()).toBe(null);
    await retryAll(shop);
    await untilStatus(shop, buyer, orderId, 'refunded');
    expect(await amount()).toBe(4_600);
  });

  test('is not what the buyer of a cancelled event is told of while the rest has failed', async () => {
    const shop = await openForTest();
    const { buyer, orderId, intentId, eventId } = await orderOf46(shop);
    shop.stripe.refundByHand(intentId, 4_000);
    await untilBooked(shop, orderId, 'succeeded');
    shop.stripe.nextRefunds({ status: 'failed', times: 1 });
    await shop.cancelEvent(eventId);
    await untilBooked(shop, orderId, 'failed');
    await waitUntil('the email to be put off', async () => {
      const { rows } = await shop.admin.query<{ attempts: number; isDone: boolean }>(
        `select attempts, done_at is not null as "isDone" from orders.outbox where key like 'mail:event-cancelled:%'`,
      );
      return rows.some(({ attempts, isDone }) => isDone || attempts > 1);
    });
    await retryAll(shop);
    await untilStatus(shop, buyer, orderId, 'refunded');
    const [mail = ''] = await waitUntil('the email', async () => {
      const mails = await mailsAbout(shop, 'Cancelled');
      return mails.length > 0 ? mails : undefined;
    });
    expect(text(mail)).toContain('€6.00 goes back');
  });
});
