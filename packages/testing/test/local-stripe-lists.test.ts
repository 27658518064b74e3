import { expect, test } from 'vitest';
import { payment, setUp, type Setup } from './local-stripe-setup.ts';

const paid = { ...payment, confirm: true, payment_method: 'pm_card_visa' };

interface Page {
  limit?: number;
  starting_after?: string;
  ending_before?: string;
  created?: number | { gt?: number; gte?: number; lt?: number; lte?: number };
}

/** Makes five of each thing and returns their ids, newest first. */
const lists = {
  async paymentIntents({ stripe }: Setup) {
    const ids: string[] = [];
    for (let count = 0; count < 5; count += 1) ids.unshift((await stripe.paymentIntents.create(payment)).id);
    return { ids, list: (page: Page) => stripe.paymentIntents.list(page) };
  },
  async refunds({ stripe }: Setup) {
    const { id } = await stripe.paymentIntents.create(paid);
    const ids: string[] = [];
    for (let count = 0; count < 5; count += 1) {
      ids.unshift((await stripe.refunds.create({ payment_intent: id, amount: 1 })).id);
    }
    return { ids, list: (page: Page) => stripe.refunds.list(page) };
  },
  async disputes({ stripe, local }: Setup) {
    const { id } = await stripe.paymentIntents.create(paid);
    const ids = [1, 2, 3, 4, 5].map((amount) => local.dispute(id, { amount }).id).toReversed();
    return { ids, list: (page: Page) => stripe.disputes.list(page) };
  },
  events({ stripe, local }: Setup) {
    const ids = [1, 2, 3, 4, 5].map(() => local.emit('payment_intent.succeeded', { id: 'pi_1' }).id).toReversed();
    return Promise.resolve({ ids, list: (page: Page) => stripe.events.list(page) });
  },
};

test.each(Object.keys(lists) as (keyof typeof lists)[])('%s are listed as Stripe lists', async (name) => {
  const { ids, list } = await lists[name](await setUp());
  const pageOf = async (page: Page) => {
    const { data, has_more: hasMore } = await list(page);
    return { ids: data.map(({ id }) => id), hasMore };
  };
  const [first = '', second = '', third = '', fourth = '', fifth = ''] = ids;
  expect(await pageOf({})).toEqual({ ids, hasMore: false });
  expect(await pageOf({ limit: 2 })).toEqual({ ids: [first, second], hasMore: true });
  expect(await pageOf({ limit: 2, starting_after: second })).toEqual({ ids: [third, fourth], hasMore: true });
  expect(await pageOf({ limit: 2, starting_after: third })).toEqual({ ids: [fourth, fifth], hasMore: false });
  expect(await pageOf({ starting_after: fifth })).toEqual({ ids: [], hasMore: false });
  expect(await pageOf({ limit: 2, ending_before: fourth })).toEqual({ ids: [second, third], hasMore: true });
  expect(await pageOf({ limit: 2, ending_before: third })).toEqual({ ids: [first, second], hasMore: false });
  const { data } = await list({ limit: 1 });
  const created = data[0]?.created ?? 0;
  expect((await pageOf({ created: { gte: created - 60, lte: created } })).ids).toEqual(ids);
  for (const none of [created + 60, { gt: created }, { lt: created - 60 }, { gte: created + 1, lte: created + 9 }]) {
    expect((await pageOf({ created: none })).ids).toEqual([]);
  }
  for (const param of ['starting_after', 'ending_before']) {
    await expect(list({ [param]: 'gone' })).rejects.toMatchObject({ statusCode: 400, code: 'resource_missing', param });
  }
  await expect(list({ starting_after: first, ending_before: fifth })).rejects.toMatchObject({ statusCode: 400 });
  for (const limit of [0, 101])
    await expect(list({ limit })).rejects.toMatchObject({ statusCode: 400, param: 'limit' });
  await expect(list({ created: { above: 1 } as object })).rejects.toMatchObject({ code: 'parameter_unknown' });
});

test('refunds are listed of one payment intent or charge', async () => {
  const { stripe } = await setUp();
  const one = await stripe.paymentIntents.create(paid);
  const other = await stripe.paymentIntents.create(paid);
  const { id } = await stripe.refunds.create({ payment_intent: one.id });
  await stripe.refunds.create({ payment_intent: other.id });
  for (const filter of [{ payment_intent: one.id }, { charge: one.latest_charge as string }]) {
    expect((await stripe.refunds.list(filter)).data.map((refund) => refund.id)).toEqual([id]);
  }
});

test('events are listed by type, and found by id', async () => {
  const { stripe } = await setUp();
  const { id } = await stripe.paymentIntents.create(paid);
  const refund = await stripe.refunds.create({ payment_intent: id });
  const typesOf = async (filter: object) => (await stripe.events.list(filter)).data.map(({ type }) => type);
  expect(await typesOf({ type: 'refund.created' })).toEqual(['refund.created']);
  expect(await typesOf({ type: 'refund.*' })).toEqual(['refund.updated', 'refund.created']);
  const types = ['payment_intent.succeeded', 'charge.refunded'];
  expect(await typesOf({ types })).toEqual(['charge.refunded', 'payment_intent.succeeded']);
  await expect(typesOf({ types, type: 'refund.created' })).rejects.toMatchObject({ code: 'parameters_exclusive' });
  const [event] = (await stripe.events.list({ type: 'refund.created' })).data;
  const found = await stripe.events.retrieve(event?.id ?? '');
  expect(found.livemode).toBe(false);
  expect(found.data.object).toMatchObject({ id: refund.id, status: 'succeeded' });
  await expect(stripe.events.retrieve('evt_none')).rejects.toMatchObject({ statusCode: 404, code: 'resource_missing' });
});

test('an account sees 30 days of its own events, in order of time', async () => {
  const { stripe, local } = await setUp();
  const now = Math.floor(Date.now() / 1000);
  const emit = (envelope: object) => local.emit('payment_intent.succeeded', { id: 'pi_1' }, envelope).id;
  const recent = emit({});
  const earlier = emit({ created: now - 86_400, account: local.accountId });
  const hidden = [emit({ created: now - 31 * 86_400 }), emit({ account: 'acct_other' }), emit({ livemode: true })];
  expect((await stripe.events.list()).data.map(({ id }) => id)).toEqual([recent, earlier]);
  for (const id of hidden) await expect(stripe.events.retrieve(id)).rejects.toMatchObject({ statusCode: 404 });
});

test('refunds and disputes are listed with their payment intents, if that is asked for', async () => {
  const { stripe, local } = await setUp();
  const intent = await stripe.paymentIntents.create({ ...paid, metadata: { order_id: '7' } });
  await stripe.refunds.create({ payment_intent: intent.id, amount: 1 });
  local.dispute(intent.id, { amount: 1 });
  for (const resource of [stripe.refunds, stripe.disputes]) {
    expect((await resource.list()).data).toMatchObject([{ payment_intent: intent.id }]);
    const { data } = await resource.list({ expand: ['data.payment_intent'] });
    expect(data).toMatchObject([{ payment_intent: { id: intent.id, metadata: { order_id: '7' } } }]);
    await expect(resource.list({ expand: ['payment_intent'] })).rejects.toMatchObject({ statusCode: 400 });
  }
});
