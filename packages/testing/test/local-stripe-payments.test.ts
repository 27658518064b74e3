import { amountStep, largestCharge, smallestCharge, supportedCurrencies } from '@ticketing/types/currency';
import { expect, test } from 'vitest';
import { clientOf, payment, setUp } from './local-stripe-setup.ts';

test('a payment intent is created with what was given and can be read again', async () => {
  const { stripe } = await setUp();
  const created = await stripe.paymentIntents.create(payment);
  expect(created).toMatchObject({
    object: 'payment_intent',
    amount: 4500,
    currency: 'eur',
    metadata: { order_id: 'o-1' },
    status: 'requires_payment_method',
    latest_charge: null,
  });
  expect(created.id).toMatch(/^pi_\w{24}$/);
  expect(created.client_secret).toMatch(new RegExp(`^${created.id}_secret_\\w+$`));
  expect(created.lastResponse.requestId).toMatch(/^req_/);
  expect(await stripe.paymentIntents.retrieve(created.id)).toEqual(created);
});

test('confirming with a good card makes a charge and sends payment_intent.succeeded', async () => {
  const { stripe, local, receiver } = await setUp();
  const { id } = await stripe.paymentIntents.create(payment);
  const paid = await stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' });
  expect(paid).toMatchObject({ status: 'succeeded', amount_received: 4500 });
  const { latest_charge: charge } = await stripe.paymentIntents.retrieve(id, { expand: ['latest_charge'] });
  expect(charge).toMatchObject({ id: paid.latest_charge, paid: true, amount: 4500, metadata: { order_id: 'o-1' } });
  await local.delivered();
  const succeeded = receiver.received.filter(({ type }) => type === 'payment_intent.succeeded');
  expect(succeeded).toHaveLength(1);
  expect(succeeded[0]?.object).toMatchObject({ id, status: 'succeeded', metadata: { order_id: 'o-1' } });
});

test('a declined card is a 402 that leaves the intent payable', async () => {
  const { stripe, local, receiver } = await setUp();
  const { id } = await stripe.paymentIntents.create(payment);
  await expect(stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_chargeDeclined' })).rejects.toMatchObject({
    statusCode: 402,
    type: 'StripeCardError',
    code: 'card_declined',
    decline_code: 'generic_decline',
    payment_intent: { id, status: 'requires_payment_method' },
  });
  const declined = await stripe.paymentIntents.retrieve(id);
  expect(declined.last_payment_error).toMatchObject({ code: 'card_declined' });
  await local.delivered();
  expect(receiver.received.map(({ type }) => type)).toContain('payment_intent.payment_failed');
  expect((await stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' })).status).toBe('succeeded');
});

test("a card that needs the bank's check waits for the buyer", async () => {
  const { stripe, local } = await setUp();
  const confirm = { ...payment, confirm: true, payment_method: 'pm_card_authenticationRequired' };
  const { id, status, next_action: nextAction } = await stripe.paymentIntents.create(confirm);
  expect(status).toBe('requires_action');
  expect(nextAction).not.toBeNull();
  expect(local.pay(id)).toMatchObject({ status: 'succeeded', next_action: null });
});

test('an intent can be cancelled until it is over, and never paid after that', async () => {
  const { stripe, local, receiver } = await setUp();
  const { id } = await stripe.paymentIntents.create(payment);
  const cancelled = await stripe.paymentIntents.cancel(id, { cancellation_reason: 'abandoned' });
  expect(cancelled).toMatchObject({ status: 'canceled', cancellation_reason: 'abandoned' });
  const unexpected = { statusCode: 400, code: 'payment_intent_unexpected_state', payment_intent: { id } };
  await expect(stripe.paymentIntents.cancel(id)).rejects.toMatchObject(unexpected);
  await expect(stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' })).rejects.toMatchObject(unexpected);
  await local.delivered();
  expect(receiver.received.map(({ type }) => type)).toContain('payment_intent.canceled');

  const paid = await stripe.paymentIntents.create({ ...payment, confirm: true, payment_method: 'pm_card_visa' });
  await expect(stripe.paymentIntents.cancel(paid.id)).rejects.toMatchObject({
    code: 'payment_intent_unexpected_state',
    payment_intent: { id: paid.id, status: 'succeeded' },
  });
});

test('refunds never exceed what is left of the charge', async () => {
  const { stripe, local, receiver } = await setUp();
  const { id } = await stripe.paymentIntents.create({ ...payment, confirm: true, payment_method: 'pm_card_visa' });
  const part = await stripe.refunds.create({ payment_intent: id, amount: 1500, metadata: { order_id: 'o-1' } });
  expect(part).toMatchObject({ status: 'succeeded', amount: 1500, metadata: { order_id: 'o-1' } });
  await expect(stripe.refunds.create({ payment_intent: id, amount: 3001 })).rejects.toMatchObject({
    statusCode: 400,
    param: 'amount',
  });
  const rest = await stripe.refunds.create({ payment_intent: id });
  expect(rest.amount).toBe(3000);
  await expect(stripe.refunds.create({ payment_intent: id })).rejects.toMatchObject({
    statusCode: 400,
    code: 'charge_already_refunded',
  });
  const listed = await stripe.refunds.list({ payment_intent: id });
  expect(listed.data.map((refund) => refund.id)).toEqual([rest.id, part.id]);
  expect(await stripe.refunds.retrieve(rest.id)).toMatchObject({ id: rest.id });
  await local.delivered();
  const types = receiver.received.map(({ type }) => type);
  for (const type of ['refund.created', 'charge.refunded', 'refund.updated']) {
    expect(types.filter((received) => received === type)).toHaveLength(2);
  }
  expect(local.books().charges).toMatchObject([{ amount_refunded: 4500, refunded: true, payment_intent: id }]);
});

test('an unpaid intent cannot be refunded', async () => {
  const { stripe } = await setUp();
  const { id } = await stripe.paymentIntents.create(payment);
  await expect(stripe.refunds.create({ payment_intent: id })).rejects.toMatchObject({ statusCode: 400 });
});

test.each([
  [{ ...payment, amount: 0 }, 'amount', 'amount_too_small'],
  [{ ...payment, amount: 100_000_000 }, 'amount', 'amount_too_large'],
  [{ ...payment, amount: 4.5 }, 'amount', 'parameter_invalid_integer'],
  [{ ...payment, currency: 'cup' }, 'currency', 'parameter_invalid'],
  [{ ...payment, currency: 'EUR' }, 'currency', 'parameter_invalid'],
  [{ ...payment, amont: 1 }, 'amont', 'parameter_unknown'],
  [{ ...payment, payment_method: 'pm_card_none' }, 'payment_method', 'resource_missing'],
])('a request with a fault is refused by name: %o', async (parameters, param, code) => {
  const { stripe } = await setUp();
  await expect(stripe.paymentIntents.create(parameters)).rejects.toMatchObject({ statusCode: 400, param, code });
});

test.each(supportedCurrencies)('amounts in %s are charged as its rules say', async (code) => {
  const { stripe } = await setUp();
  const currency = code.toLowerCase();
  const smallest = smallestCharge(code);
  for (const amount of [smallest, largestCharge(code)]) {
    expect(await stripe.paymentIntents.create({ ...payment, currency, amount })).toMatchObject({ amount, currency });
  }
  const refused = { statusCode: 400, param: 'amount' };
  const create = (amount: number) => stripe.paymentIntents.create({ ...payment, currency, amount });
  await expect(create(smallest - 1)).rejects.toMatchObject({ ...refused, code: 'amount_too_small' });
  await expect(create(largestCharge(code) + 1)).rejects.toMatchObject({ ...refused, code: 'amount_too_large' });
  if (amountStep(code) === 1) return;
  await expect(create(smallest + 1)).rejects.toMatchObject({
    ...refused,
    code: amountStep(code) === 100 ? 'invalid_charge_amount_no_decimal_compatible' : 'invalid_charge_amount',
  });
});

test("a key's account has an id, the one given or a random one", async () => {
  const { stripe, local } = await setUp();
  expect(await stripe.accounts.retrieveCurrent()).toMatchObject({ id: local.accountId, object: 'account' });
  expect(local.accountId).toMatch(/^acct_\w{24}$/);
  const named = await setUp({ accountId: 'acct_1' });
  expect(await named.stripe.accounts.retrieveCurrent()).toMatchObject({ id: 'acct_1' });
});

test('unknown things and unknown paths are 404', async () => {
  const { stripe } = await setUp();
  const gone = { statusCode: 404, code: 'resource_missing' };
  await expect(stripe.paymentIntents.retrieve('pi_none')).rejects.toMatchObject(gone);
  await expect(stripe.refunds.retrieve('re_none')).rejects.toMatchObject(gone);
  await expect(stripe.customers.retrieve('cus_1')).rejects.toMatchObject({ statusCode: 404 });
});

test('payment intents are listed newest first, page by page', async () => {
  const { stripe } = await setUp();
  const ids: string[] = [];
  for (let count = 0; count < 3; count += 1) ids.unshift((await stripe.paymentIntents.create(payment)).id);
  const listed: string[] = [];
  for await (const { id } of stripe.paymentIntents.list({ limit: 2 })) listed.push(id);
  expect(listed).toEqual(ids);
});

test('only the right secret key is accepted', async () => {
  const { local } = await setUp({ secretKey: 'sk_test_right' });
  await expect(clientOf(local, 'sk_test_wrong').paymentIntents.list()).rejects.toMatchObject({ statusCode: 401 });
  await expect(clientOf(local, 'sk_test_right').paymentIntents.list()).resolves.toMatchObject({ data: [] });
  expect((await fetch(`${local.url}/v1/payment_intents`)).status).toBe(401);
});

test('a browser may confirm with the client secret and nothing else', async () => {
  const { stripe, local } = await setUp();
  const { id, client_secret: clientSecret } = await stripe.paymentIntents.create(payment);
  const browser = clientOf(local, 'pk_test_1');
  await expect(browser.paymentIntents.create(payment)).rejects.toMatchObject({ statusCode: 403 });
  // Only browsers send it, so the server-side package's types do not know it.
  const card = (secret: string) => ({ payment_method: 'pm_card_visa', client_secret: secret });
  await expect(browser.paymentIntents.confirm(id, card('no'))).rejects.toMatchObject({
    statusCode: 400,
    param: 'client_secret',
  });
  const paid = await browser.paymentIntents.confirm(id, card(clientSecret ?? ''));
  expect(paid.status).toBe('succeeded');
});
