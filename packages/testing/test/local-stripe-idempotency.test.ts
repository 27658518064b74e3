import { expect, test } from 'vitest';
import { waitUntil } from '../src/wait-until.ts';
import { clientOf, payment, setUp } from './local-stripe-setup.ts';

test('a request repeated with its key gets the stored answer and does nothing', async () => {
  const { stripe, local } = await setUp();
  const first = await stripe.paymentIntents.create(payment, { idempotencyKey: 'k' });
  const second = await stripe.paymentIntents.create(payment, { idempotencyKey: 'k' });
  expect(second.id).toBe(first.id);
  expect(first.lastResponse.headers['idempotent-replayed']).toBeUndefined();
  expect(second.lastResponse.headers['idempotent-replayed']).toBe('true');
  expect(local.books().paymentIntents).toHaveLength(1);
});

test('a key used with other parameters is refused', async () => {
  const { stripe } = await setUp();
  await stripe.paymentIntents.create(payment, { idempotencyKey: 'k' });
  await expect(stripe.paymentIntents.create({ ...payment, amount: 1 }, { idempotencyKey: 'k' })).rejects.toMatchObject({
    statusCode: 400,
    type: 'StripeIdempotencyError',
  });
});

test('a key whose first request is under way is a conflict', async () => {
  const { stripe, local } = await setUp();
  local.failNext({ timeoutMs: 300, times: 1 });
  const first = stripe.paymentIntents.create(payment, { idempotencyKey: 'k' });
  await waitUntil('the first request to have done its work', () => local.books().paymentIntents.length === 1);
  await expect(stripe.paymentIntents.create(payment, { idempotencyKey: 'k' })).rejects.toMatchObject({
    statusCode: 409,
    code: 'idempotency_key_in_use',
  });
  const { id } = await first;
  expect((await stripe.paymentIntents.create(payment, { idempotencyKey: 'k' })).id).toBe(id);
});

test('a 500 is stored under the key, a 429 and a refused parameter are not', async () => {
  const { stripe, local } = await setUp();
  local.failNext({ status: 500, times: 1 });
  const failure = { statusCode: 500, type: 'StripeAPIError' };
  await expect(stripe.paymentIntents.create(payment, { idempotencyKey: 'a' })).rejects.toMatchObject(failure);
  await expect(stripe.paymentIntents.create(payment, { idempotencyKey: 'a' })).rejects.toMatchObject(failure);

  local.failNext({ status: 429, times: 1 });
  const limited = { statusCode: 429, type: 'StripeRateLimitError' };
  await expect(stripe.paymentIntents.create(payment, { idempotencyKey: 'b' })).rejects.toMatchObject(limited);
  await stripe.paymentIntents.create(payment, { idempotencyKey: 'b' });

  await expect(stripe.paymentIntents.create({ ...payment, amount: 0 }, { idempotencyKey: 'c' })).rejects.toMatchObject({
    statusCode: 400,
  });
  await stripe.paymentIntents.create(payment, { idempotencyKey: 'c' });
});

test.each([
  [401, {}, 'StripeAuthenticationError', false],
  [403, {}, 'StripePermissionError', false],
  [400, { code: 'balance_insufficient', message: 'Insufficient funds.' }, 'StripeInvalidRequestError', true],
  [402, { code: 'expired_card', declineCode: 'expired_card' }, 'StripeCardError', true],
] as const)('a fault can be a %i of any code, kept under the key or not as with Stripe: %o', async (...the) => {
  const [status, error, type, isKept] = the;
  const { local, stripe, post } = await setUp();
  const create = () => stripe.paymentIntents.create(payment, { idempotencyKey: 'k' });
  await post('fail', { path: '/v1/payment_intents', status, ...error });
  const { declineCode, ...shown } = { declineCode: undefined, ...error };
  await expect(create()).rejects.toMatchObject({ statusCode: status, type, decline_code: declineCode, ...shown });
  if (isKept) await expect(create()).rejects.toMatchObject({ statusCode: status, type, ...shown });
  else await create();
  expect(local.books().paymentIntents).toHaveLength(isKept ? 0 : 1);
});

test('a decline is stored under the key', async () => {
  const { stripe, local } = await setUp();
  const { id } = await stripe.paymentIntents.create(payment);
  const confirm = () =>
    stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_chargeDeclined' }, { idempotencyKey: 'k' });
  await expect(confirm()).rejects.toMatchObject({ statusCode: 402 });
  await expect(confirm()).rejects.toMatchObject({ statusCode: 402 });
  expect(local.books().charges).toHaveLength(1);
});

test('a fault can hit one path only, and can come after the work was done', async () => {
  const { stripe, local } = await setUp();
  const { id } = await stripe.paymentIntents.create({ ...payment, confirm: true, payment_method: 'pm_card_visa' });
  local.failNext({ path: '/v1/refunds', status: 502, executed: true, times: 1 });
  await stripe.paymentIntents.retrieve(id);
  await expect(stripe.refunds.create({ payment_intent: id })).rejects.toMatchObject({ statusCode: 502 });
  expect(local.books().refunds).toHaveLength(1);
});

test('a client that gives up early finds its work done under its key', async () => {
  const { local, stripe } = await setUp();
  local.failNext({ timeoutMs: 200, times: 1 });
  const hasty = clientOf(local, 'sk_test_123', 50);
  await expect(hasty.paymentIntents.create(payment, { idempotencyKey: 'k' })).rejects.toMatchObject({
    type: 'StripeConnectionError',
  });
  const { id } = await waitUntil('the key to be free again', () =>
    stripe.paymentIntents.create(payment, { idempotencyKey: 'k' }).catch(() => undefined),
  );
  expect(local.books().paymentIntents.map((intent) => intent.id)).toEqual([id]);
});
