import { waitUntil } from '@ticketing/testing/wait-until';
import { expect, test } from 'vitest';
import { runRefunds } from '../src/refunds/command.ts';
import { refunds } from './commands.ts';
import { openWorld, type World } from './worker.ts';

/** Refunds of a cancelled event that Stripe says have failed, and their ids. */
async function failedRefunds(world: World, count: number) {
  const event = await world.event();
  const orders = await world.paidOrders(event, count);
  world.stripe.nextRefunds({ status: 'failed', times: count });
  await world.cancelEvent(event.eventId);
  await world.startWorker();
  await waitUntil('the refunds to fail', async () => {
    const { rowCount } = await world.admin.query(`select from orders.payment_refunds where status = 'failed'`);
    return rowCount === count;
  });
  const listed = JSON.parse((await refunds(world, 'list', '--json')).out) as { id: string; orderId: string }[];
  return { orders, listed };
}

test('nothing that waits for a person is said so', async () => {
  const world = await openWorld();
  expect(await refunds(world, 'list')).toMatchObject({
    status: 2,
    err: 'No refund and no cancellation waits for you.',
  });
  expect((await refunds(world, 'retry', '--all')).status).toBe(2);
});

test('a refund that failed is listed, asked for again, and made', async () => {
  const world = await openWorld();
  const { orders, listed } = await failedRefunds(world, 2);
  expect(listed.map(({ orderId }) => orderId).sort()).toEqual([...orders].sort());
  const { out } = await refunds(world, 'list');
  expect(out).toMatch(
    new RegExp(`^${listed[0]?.id} +refund +${listed[0]?.orderId} +EUR 25\\.00 +event-cancelled +failed`, 'm'),
  );
  const retried = await refunds(world, 'retry', '--all', '--by', 'ada');
  expect([retried.status, retried.out.split('\n')]).toEqual([
    0,
    expect.arrayContaining([expect.stringMatching(/is asked for again$/)]),
  ]);
  await waitUntil('the refunds', async () => (await world.statuses()).refunded === 2);
  expect((await refunds(world, 'list')).status).toBe(2);
  const { rows } = await world.admin.query('select distinct action, actor from orders.interventions');
  expect(rows).toEqual([{ action: 'retry', actor: 'ada' }]);
  // Each once at Stripe, beside the one that failed.
  const made = world.stripe.books().refunds.map(({ status }) => status);
  expect(made.sort()).toEqual(['failed', 'failed', 'succeeded', 'succeeded']);
});

test('all are retried, however many, and each once', async () => {
  const world = await openWorld();
  const [orderId = ''] = await world.paidOrders(await world.event(), 1);
  await world.admin.query(
    `insert into orders.outbox (id, key, kind, order_id, payload, parked_at)
     select gen_random_uuid(), 'cancel-payment:' || $1::text || ':pi_' || n, 'cancel-payment', $1::uuid,
       jsonb_build_object('intentId', 'pi_' || n), now()
     from generate_series(1, 1200) n`,
    [orderId],
  );
  const { status, out } = await refunds(world, 'retry', '--all', '--json');
  const { retry } = JSON.parse(out) as { retry: string[] };
  expect([status, retry.length, new Set(retry).size]).toEqual([0, 1_200, 1_200]);
  expect((await refunds(world, 'list')).status).toBe(2);
});

test('a refund that is settled elsewhere ends its order, with who and why, and Stripe is asked no more', async () => {
  const world = await openWorld();
  const { listed } = await failedRefunds(world, 1);
  const id = listed[0]?.id ?? '';
  expect((await refunds(world, 'settle-elsewhere', id)).err).toMatch(/needs a --note/);
  const settled = await refunds(world, 'settle-elsewhere', id, '--note', 'bank transfer of May 3', '--by', 'ada');
  expect(settled).toMatchObject({ status: 0, out: expect.stringContaining('is settled elsewhere') as string });
  expect(await world.statuses()).toEqual({ refunded: 1 });
  const { rows } = await world.admin.query('select action, actor, note from orders.interventions');
  expect(rows).toEqual([{ action: 'settle-elsewhere', actor: 'ada', note: 'bank transfer of May 3' }]);
  const again = await refunds(world, 'settle-elsewhere', id, '--note', 'x');
  expect(again).toMatchObject({ status: 2, err: expect.stringContaining('that waits for you') as string });
});

test.for([
  [[], /^Say what to do: list, retry or settle-elsewhere\.\nFor help: npm run refunds -- --help$/],
  [['frob'], /There is no command frob/],
  [['retry'], /ids that list shows, or --all/],
  [['settle-elsewhere', '--note', 'x'], /ids that list shows/],
  [['list', '--limit', 'many'], /^--limit must be a whole number from 1 to 10000, not many\./],
  [['list', '--nonsense'], /^There is no option --nonsense\./],
  [['list', '--note', 'x'], /^list takes no --note\./],
  [['retry', '--all', '--limit', '5'], /^retry takes no --limit\./],
] as const)('wrong usage is told and ends with 64: %j', async ([args, message]) => {
  const out: string[] = [];
  const status = await runRefunds([...args], { env: {}, out: (text) => out.push(text), err: (text) => out.push(text) });
  expect([status, out.join('\n')]).toEqual([64, expect.stringMatching(message)]);
});
