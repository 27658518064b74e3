import { expect, test } from 'vitest';
import { payment, setUp, type Setup } from './local-stripe-setup.ts';

const unexpected = { statusCode: 400, code: 'payment_intent_unexpected_state' };

async function processing({ stripe, local }: Setup): Promise<string> {
  const { id } = await stripe.paymentIntents.create(payment);
  expect(local.pay(id, 'sepaDebit')).toMatchObject({ id, status: 'processing', amount_received: 0 });
  return id;
}

test('a debit is processing, and can be neither confirmed again nor cancelled nor refunded', async () => {
  const setup = await setUp();
  const { stripe, local } = setup;
  const id = await processing(setup);
  const { latest_charge: charge } = await stripe.paymentIntents.retrieve(id, { expand: ['latest_charge'] });
  expect(charge).toMatchObject({ status: 'pending', paid: false });
  await expect(stripe.paymentIntents.cancel(id)).rejects.toMatchObject({
    ...unexpected,
    payment_intent: { id, status: 'processing' },
  });
  await expect(stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' })).rejects.toMatchObject(unexpected);
  await expect(stripe.refunds.create({ payment_intent: id })).rejects.toMatchObject(unexpected);
  await local.delivered();
  expect(setup.received().toSorted()).toEqual([
    'charge.pending',
    'payment_intent.created',
    'payment_intent.processing',
  ]);
});

test('a debit succeeds later', async () => {
  const setup = await setUp();
  const { stripe, local } = setup;
  const id = await processing(setup);
  local.finishProcessing(id, 'succeeded');
  expect(await stripe.paymentIntents.retrieve(id)).toMatchObject({ status: 'succeeded', amount_received: 4500 });
  expect(local.books().charges).toMatchObject([{ status: 'succeeded', paid: true, amount_captured: 4500 }]);
  expect(() => local.finishProcessing(id, 'failed')).toThrow('not processing');
  const { id: refundId } = await stripe.refunds.create({ payment_intent: id });
  expect(refundId).toMatch(/^pyr_/);
  await local.delivered();
  expect(setup.received()).toContain('payment_intent.succeeded');
});

test('a debit fails later, and the intent can be paid another way', async () => {
  const setup = await setUp();
  const { stripe, local } = setup;
  const id = await processing(setup);
  expect(await setup.post(`processing/${id}`, { outcome: 'failed' })).toMatchObject({
    status: 200,
    answer: { id, status: 'requires_payment_method', last_payment_error: { code: 'insufficient_funds' } },
  });
  expect((await stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' })).status).toBe('succeeded');
  expect(local.books().charges).toMatchObject([{ status: 'failed' }, { status: 'succeeded' }]);
  await local.delivered();
  expect(setup.received()).toContain('payment_intent.payment_failed');
});

test('an excluded type of payment method is shown and refused', async () => {
  const { stripe } = await setUp();
  const intent = await stripe.paymentIntents.create({ ...payment, excluded_payment_method_types: ['sepa_debit'] });
  expect(intent).toMatchObject({ excluded_payment_method_types: ['sepa_debit'], payment_method_types: ['card'] });
  await expect(stripe.paymentIntents.confirm(intent.id, { payment_method: 'pm_sepaDebit' })).rejects.toMatchObject({
    statusCode: 400,
    param: 'payment_method',
    code: 'payment_intent_incompatible_payment_method',
  });
  expect((await stripe.paymentIntents.confirm(intent.id, { payment_method: 'pm_card_visa' })).status).toBe('succeeded');
});

test('a debit takes euros only, and only listed types when they are listed', async () => {
  const { stripe } = await setUp();
  const incompatible = { code: 'payment_intent_incompatible_payment_method' };
  const debit = { confirm: true, payment_method: 'pm_sepaDebit' };
  await expect(stripe.paymentIntents.create({ ...payment, ...debit, currency: 'usd' })).rejects.toMatchObject(
    incompatible,
  );
  const { automatic_payment_methods: automatic, ...manual } = payment;
  const cardOnly = { ...manual, payment_method_types: ['card'] };
  await expect(stripe.paymentIntents.create({ ...cardOnly, ...debit })).rejects.toMatchObject(incompatible);
  const both = { ...cardOnly, automatic_payment_methods: automatic };
  await expect(stripe.paymentIntents.create(both)).rejects.toMatchObject({ code: 'parameters_exclusive' });
});

test('types of payment methods that Stripe does not know are refused', async () => {
  const { stripe } = await setUp();
  const unknown = { ...payment, excluded_payment_method_types: ['barter' as 'card'] };
  await expect(stripe.paymentIntents.create(unknown)).rejects.toMatchObject({
    statusCode: 400,
    param: 'excluded_payment_method_types',
  });
});
