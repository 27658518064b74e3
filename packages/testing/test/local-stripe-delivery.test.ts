import { expect, test } from 'vitest';
import { waitUntil } from '../src/wait-until.ts';
import { payment, setUp } from './local-stripe-setup.ts';

const card = { confirm: true, payment_method: 'pm_card_visa' };

test('a delivery that is refused is tried again until it is taken', async () => {
  const { stripe, local, receiver } = await setUp();
  receiver.refuse(503, 3);
  const { id } = await stripe.paymentIntents.create(payment);
  await local.delivered();
  expect(receiver.received).toHaveLength(4);
  expect(new Set(receiver.received.map((event) => event.id)).size).toBe(1);
  expect(local.events()).toMatchObject([
    { event: { data: { object: { id } } }, attempts: 4, delivered: 1, pending: 0, lastError: null },
  ]);
});

test('a delivery that is never taken is given up after the last attempt, and can be sent again', async () => {
  const { stripe, local, receiver } = await setUp({ delivery: { maxAttempts: 3 } });
  receiver.refuse(500, 3);
  await stripe.paymentIntents.create(payment);
  await local.delivered();
  const [event] = local.events();
  expect(event).toMatchObject({ attempts: 3, delivered: 0, abandoned: 1, lastError: 'answered 500' });
  local.resend(event?.event.id ?? '');
  await local.delivered();
  expect(local.events()).toMatchObject([{ attempts: 4, delivered: 1 }]);
});

test('events can be delivered twice', async () => {
  const setup = await setUp();
  await setup.post('delivery', { copies: 2 });
  await setup.stripe.paymentIntents.create({ ...payment, ...card });
  await setup.local.delivered();
  const types = setup.receiver.received.map(({ type }) => type);
  expect(types.filter((type) => type === 'payment_intent.succeeded')).toHaveLength(2);
  expect(types).toHaveLength(6);
});

test('events can be held back and let go', async () => {
  const setup = await setUp();
  const { stripe, local, receiver } = setup;
  await setup.post('delivery', { paused: true });
  await stripe.paymentIntents.create({ ...payment, ...card });
  expect(local.pendingDeliveries()).toBe(3);
  expect(receiver.received).toEqual([]);
  await setup.post('delivery', { paused: false });
  await local.delivered();
  expect(receiver.received).toHaveLength(3);
});

test('events can overtake each other, and all arrive', async () => {
  const { stripe, local, receiver } = await setUp({ delivery: { shuffle: true } });
  const made = [];
  for (let count = 0; count < 20; count += 1) made.push((await stripe.paymentIntents.create(payment)).id);
  await local.delivered();
  const arrived = receiver.received.map(({ object }) => object.id);
  expect(arrived).not.toEqual(made);
  expect(arrived.toSorted()).toEqual(made.toSorted());
});

test('deliveries that get lost are repeated until each event has arrived', async () => {
  const { stripe, local, receiver } = await setUp({ delivery: { dropRate: 0.7 } });
  for (let count = 0; count < 10; count += 1) await stripe.paymentIntents.create(payment);
  await local.delivered();
  expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(10);
});

test('events wait for a webhook URL that is given later', async () => {
  const setup = await setUp();
  const { local, stripe, receiver } = setup;
  local.changeDelivery({ webhookUrl: undefined });
  await stripe.paymentIntents.create(payment);
  expect(local.pendingDeliveries()).toBe(1);
  await setup.post('delivery', { webhookUrl: receiver.url });
  await waitUntil('the event', () => receiver.received.length === 1);
});

test('a test can send any event it likes', async () => {
  const setup = await setUp();
  await setup.post('events', { type: 'charge.dispute.created', object: { id: 'dp_1', object: 'dispute' } });
  await setup.local.delivered();
  expect(setup.receiver.received).toMatchObject([{ type: 'charge.dispute.created', object: { id: 'dp_1' } }]);
});

test('a test can send events of another account, of live mode and of another time', async () => {
  const { local, receiver, post } = await setUp();
  const envelope = { account: 'acct_other', livemode: true, created: 1_700_000_000 };
  expect(local.emit('payment_intent.succeeded', { id: 'pi_1' }, envelope)).toMatchObject(envelope);
  const { answer } = await post('events', { type: 'payment_intent.succeeded', object: { id: 'pi_1' }, ...envelope });
  expect(answer).toMatchObject(envelope);
  const { livemode, ...usual } = local.emit('payment_intent.succeeded', { id: 'pi_2' });
  expect(livemode).toBe(false);
  expect(usual).not.toHaveProperty('account');
  await local.delivered();
  expect(receiver.received.map(({ event }) => [event.account, event.livemode])).toEqual([
    ['acct_other', true],
    ['acct_other', true],
    [undefined, false],
  ]);
});

test('a buyer pays with one request and no key', async () => {
  const setup = await setUp();
  const { id } = await setup.stripe.paymentIntents.create(payment);
  expect(await setup.post(`pay/${id}`, { card: 'declined' })).toMatchObject({
    status: 200,
    answer: { status: 'requires_payment_method', last_payment_error: { code: 'card_declined' } },
  });
  expect(await setup.post(`pay/${id}`)).toMatchObject({ status: 200, answer: { status: 'succeeded' } });
  expect(await setup.post(`pay/${id}`)).toMatchObject({
    status: 400,
    answer: { error: { code: 'payment_intent_unexpected_state' } },
  });
});

test('the switches refuse what they do not understand', async () => {
  const setup = await setUp();
  expect((await setup.post('delivery', { copys: 2 })).status).toBe(400);
  expect((await setup.post('fail', { status: 399 })).status).toBe(400);
  expect((await setup.post('nothing')).status).toBe(404);
  const books = (await (await fetch(`${setup.local.url}/_local/books`)).json()) as object;
  expect(books).toEqual({ paymentIntents: [], charges: [], refunds: [], disputes: [] });
});
