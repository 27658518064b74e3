import { expect, test } from 'vitest';
import { refundStatuses, type RefundStatus } from '../src/local-stripe/books.ts';
import { payment, setUp, type Setup } from './local-stripe-setup.ts';

const paid = { ...payment, confirm: true, payment_method: 'pm_card_visa' };

async function pay({ stripe }: Setup, overrides: object = {}): Promise<string> {
  return (await stripe.paymentIntents.create({ ...paid, ...overrides })).id;
}

const countsAs = (status: RefundStatus) => (status === 'failed' || status === 'canceled' ? 0 : 1500);

test.each(refundStatuses)('a refund can be %s from the start', async (status) => {
  const setup = await setUp();
  const id = await pay(setup);
  setup.local.nextRefunds({ status, times: 1 });
  const given = { payment_intent: id, amount: 1500, metadata: { order_id: 'o-1' } };
  const refund = await setup.stripe.refunds.create(given);
  expect(refund).toMatchObject({ status, amount: 1500 });
  expect((await setup.stripe.refunds.create({ payment_intent: id, amount: 1 })).status).toBe('succeeded');
  expect(setup.local.books().charges).toMatchObject([{ amount_refunded: countsAs(status) + 1 }]);
  await setup.local.delivered();
  const created = setup.receiver.received.find(
    ({ type, object }) => type === 'refund.created' && object.id === refund.id,
  );
  expect(created?.object).toMatchObject({ status, metadata: { order_id: 'o-1' } });
  const times = (type: string) => setup.received().filter((received) => received === type).length;
  expect(times('charge.refunded')).toBe(countsAs(status) === 0 ? 1 : 2);
  expect(times('refund.failed')).toBe(status === 'failed' ? 1 : 0);
});

const allowed: Record<RefundStatus, RefundStatus[]> = {
  pending: ['requires_action', 'succeeded', 'failed', 'canceled'],
  requires_action: ['pending', 'succeeded', 'failed', 'canceled'],
  succeeded: ['failed', 'canceled'],
  failed: [],
  canceled: [],
};
const changes = refundStatuses.flatMap((from) => refundStatuses.map((to) => [from, to] as const));

test.each(changes)('a refund that is %s becomes %s only if Stripe has such a change', async (from, to) => {
  const setup = await setUp();
  const id = await pay(setup);
  setup.local.nextRefunds({ status: from, times: 1 });
  const refund = await setup.stripe.refunds.create({ payment_intent: id, amount: 1500, metadata: { order_id: 'o-1' } });
  await setup.local.delivered();
  const before = setup.receiver.received.length;
  const { status: answered } = await setup.post(`refunds/${refund.id}`, { status: to, failureReason: 'declined' });
  const changed = allowed[from].includes(to);
  expect(answered).toBe(changed ? 200 : 400);
  expect(await setup.stripe.refunds.retrieve(refund.id)).toMatchObject({ status: changed ? to : from });
  expect(setup.local.books().charges).toMatchObject([{ amount_refunded: countsAs(changed ? to : from) }]);
  await setup.local.delivered();
  const events = setup.receiver.received.slice(before);
  const expected = ['charge.refund.updated', ...(to === 'failed' ? ['refund.failed'] : []), 'refund.updated'];
  expect(events.map(({ type }) => type).toSorted()).toEqual(changed ? expected : []);
  for (const { object } of events) {
    expect(object).toMatchObject({ status: to, metadata: { order_id: 'o-1' } });
    expect(object.failure_reason).toBe(to === 'failed' ? 'declined' : undefined);
  }
});

test('what failed can be refunded once more', async () => {
  const setup = await setUp();
  const id = await pay(setup);
  const { id: refundId } = await setup.stripe.refunds.create({ payment_intent: id });
  expect(setup.local.books().charges).toMatchObject([{ refunded: true }]);
  expect(setup.local.changeRefund(refundId, 'failed', 'expired_or_canceled_card')).toMatchObject({ status: 'failed' });
  expect(setup.local.books().charges).toMatchObject([{ amount_refunded: 0, refunded: false }]);
  expect(await setup.stripe.refunds.create({ payment_intent: id })).toMatchObject({ amount: 4500 });
});

test('a refund that waits cannot be made twice', async () => {
  const setup = await setUp();
  const id = await pay(setup);
  setup.local.nextRefunds({ status: 'pending', times: 1 });
  await setup.stripe.refunds.create({ payment_intent: id });
  await expect(setup.stripe.refunds.create({ payment_intent: id })).rejects.toMatchObject({
    code: 'charge_already_refunded',
  });
});

test("a refund of more than is left is refused in Stripe's words", async () => {
  const setup = await setUp();
  const id = await pay(setup);
  await setup.stripe.refunds.create({ payment_intent: id, amount: 4000 });
  await expect(setup.stripe.refunds.create({ payment_intent: id, amount: 501 })).rejects.toMatchObject({
    statusCode: 400,
    type: 'StripeInvalidRequestError',
    param: 'amount',
    message: 'Refund amount (EUR 5.01) is greater than unrefunded amount on charge (EUR 5.00)',
  });
});

test('a refund by hand has no metadata, though its payment has', async () => {
  const setup = await setUp();
  const id = await pay(setup);
  expect(setup.local.refundByHand(id, 4000)).toMatchObject({ amount: 4000, metadata: {}, status: 'succeeded' });
  expect(await setup.post(`refund-by-hand/${id}`)).toMatchObject({ status: 200, answer: { amount: 500 } });
  expect((await setup.post(`refund-by-hand/${id}`)).status).toBe(400);
  await setup.local.delivered();
  const created = setup.receiver.received.filter(({ type }) => type === 'refund.created');
  expect(created.map(({ object }) => object.metadata)).toEqual([{}, {}]);
  expect(setup.local.events().at(-1)?.event.request).toEqual({ id: null, idempotency_key: null });
});

test.each([
  ['isk', 50_000, 4550, 'invalid_charge_amount_no_decimal_compatible'],
  ['kwd', 50_000, 1001, 'invalid_charge_amount'],
])('refunds in %s come in the steps of the currency', async (currency, amount, refunded, code) => {
  const setup = await setUp();
  const id = await pay(setup, { currency, amount });
  await expect(setup.stripe.refunds.create({ payment_intent: id, amount: refunded })).rejects.toMatchObject({ code });
});
