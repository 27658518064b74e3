import { expect, test } from 'vitest';
import { disputeStatuses, type DisputeStatus } from '../src/local-stripe/books.ts';
import { payment, setUp, type Setup } from './local-stripe-setup.ts';

async function pay({ stripe }: Setup): Promise<string> {
  return (await stripe.paymentIntents.create({ ...payment, confirm: true, payment_method: 'pm_card_visa' })).id;
}

const disputeEvents = (setup: Setup) =>
  setup
    .received()
    .filter((type) => type.startsWith('charge.dispute.'))
    .map((type) => type.replace('charge.dispute.', ''))
    .toSorted();

const takesMoney = (status: DisputeStatus) => !status.startsWith('warning_') && status !== 'won';
const isClosed = (status: DisputeStatus) => ['warning_closed', 'won', 'lost', 'prevented'].includes(status);

test.each(disputeStatuses)('a dispute can be %s from the start', async (status) => {
  const setup = await setUp();
  const id = await pay(setup);
  const dispute = setup.local.dispute(id, { status, reason: 'product_not_received', amount: 1000 });
  const [charge] = setup.local.books().charges;
  expect(charge?.disputed).toBe(true);
  expect(await setup.stripe.disputes.retrieve(dispute.id)).toMatchObject({
    object: 'dispute',
    amount: 1000,
    charge: charge?.id,
    livemode: false,
    metadata: {},
    payment_intent: id,
    reason: 'product_not_received',
    status,
  });
  const refund = setup.stripe.refunds.create({ payment_intent: id });
  if (takesMoney(status)) await expect(refund).rejects.toMatchObject({ statusCode: 400, code: 'charge_disputed' });
  else await expect(refund).resolves.toMatchObject({ status: 'succeeded' });
  await setup.local.delivered();
  const expected = [
    'created',
    ...(takesMoney(status) ? ['funds_withdrawn'] : []),
    ...(isClosed(status) ? ['closed'] : []),
  ];
  expect(disputeEvents(setup)).toEqual(expected.toSorted());
});

const changes = disputeStatuses.flatMap((from) => disputeStatuses.map((to) => [from, to] as const));

test.each(changes)('a dispute goes from %s to %s, and so does the money', async (from, to) => {
  const setup = await setUp();
  const id = await pay(setup);
  const dispute = setup.local.dispute(id, { status: from });
  await setup.local.delivered();
  setup.receiver.received.splice(0);
  const { status: answered } = await setup.post(`disputes/${dispute.id}`, { status: to });
  expect(answered).toBe(from === to ? 400 : 200);
  const [changed] = setup.local.books().disputes;
  const taken = changed?.balance_transactions.reduce((sum, { amount }) => sum - amount, 0);
  expect(taken).toBe(takesMoney(to) ? 4500 : 0);
  await setup.local.delivered();
  const moved = takesMoney(from) === takesMoney(to) ? [] : [takesMoney(to) ? 'funds_withdrawn' : 'funds_reinstated'];
  const told = from === to ? [] : [isClosed(to) ? 'closed' : 'updated'];
  expect(disputeEvents(setup)).toEqual([...moved, ...told].toSorted());
});

test('a dispute that waits for an answer says until when', async () => {
  const setup = await setUp();
  const { answer } = await setup.post(`dispute/${await pay(setup)}`);
  const { evidence_details: evidence, created, status } = answer as ReturnType<Setup['local']['dispute']>;
  expect(status).toBe('needs_response');
  expect(evidence.due_by).toBeGreaterThan(created);
});

test('what is not paid cannot be disputed, and a dispute that does not exist is 404', async () => {
  const setup = await setUp();
  const { id } = await setup.stripe.paymentIntents.create(payment);
  expect((await setup.post(`dispute/${id}`)).status).toBe(400);
  expect((await setup.post('disputes/du_none', { status: 'won' })).status).toBe(404);
  await expect(setup.stripe.disputes.retrieve('du_none')).rejects.toMatchObject({ code: 'resource_missing' });
});
