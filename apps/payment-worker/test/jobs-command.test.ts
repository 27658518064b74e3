import { randomUUID } from 'node:crypto';
import { Queue } from 'bullmq';
import express from 'express';
import { listen } from '@ticketing/service-kit/http-server';
import { waitUntil } from '@ticketing/testing/wait-until';
import { expect, inject, onTestFinished, test } from 'vitest';
import { runJobs } from '../src/jobs/command.ts';
import { DASHBOARD_PATH, jobsDashboard } from '../src/jobs/dashboard.ts';
import { jobs } from './commands.ts';
import { openWorld, type World } from './worker.ts';

/** Mails that were given up. */
async function parkedMails(world: World, count: number) {
  const orders = await world.paidOrders(await world.event(), count);
  await world.admin.query(
    `update orders.outbox set parked_at = now(), attempts = 20, last_error = E'550 no such\\nmailbox' where kind = 'mail'`,
  );
  return orders;
}

test('parked jobs are listed with their reasons, on one line each', async () => {
  const world = await openWorld();
  const [order = ''] = await parkedMails(world, 2);
  const { status, out } = await jobs(world, 'list', '--order', order);
  expect(status).toBe(0);
  expect(out.split('\n')).toHaveLength(2);
  expect(out).toMatch(new RegExp(`parked +mail:tickets +${order} +20 .*550 no such mailbox`));
  const listed = JSON.parse((await jobs(world, 'list', '--json')).out) as { state: string }[];
  expect(listed.map(({ state }) => state)).toEqual(['parked', 'parked']);
  expect(await jobs(world, 'list', '--state', 'waiting')).toMatchObject({ status: 2, out: '' });
  expect((await jobs(world, 'list', '--limit', '1')).err).toMatch(/There are more/);
});

test('a parked job that is retried is carried out, and only that one', async () => {
  const world = await openWorld();
  const [order = ''] = await parkedMails(world, 2);
  await world.startWorker();
  expect(await jobs(world, 'retry', '--order', order)).toMatchObject({ status: 0 });
  await waitUntil('the mail', async () => (await world.mails()).length === 1);
  expect((await jobs(world, 'list', '--state', 'done', '--order', order)).status).toBe(0);
  expect(JSON.parse((await jobs(world, 'list', '--json')).out)).toHaveLength(1);
  expect((await jobs(world, 'retry', '--all')).out).toMatch(/1 due now/);
});

test.for([
  [[], /^Say what to do: list or retry\.\nFor help: pnpm jobs --help$/],
  [['frob'], /There is no command frob/],
  [['retry'], /retry takes ids, filters, or --all/],
  [['retry', '--all', '--kind', 'mail'], /one of them/],
  [['retry', 'nonsense'], /^nonsense is not the id of a job/],
  [['list', '--limit', '0'], /^--limit must be a whole number from 1 to 10000, not 0\./],
  [['list', '--order', '5'], /^--order must be the id of an order, not 5\./],
  [['retry', '--kind', 'song'], /^--kind must be refund, read-refunds, cancel-payment or mail, not song\./],
  [['list', '--state', 'asleep'], /^--state must be parked, waiting, done or all, not asleep\./],
] as const)('wrong usage is told: %j', async ([args, message], { expect }) => {
  const err: string[] = [];
  const status = await runJobs([...args], { env: {}, out: () => undefined, err: (text) => err.push(text) });
  expect(status).toBe(64);
  expect(err.join('\n')).toMatch(message);
});

test('a job that is not parked, or not there, is told and fails', async () => {
  const world = await openWorld();
  const id = randomUUID();
  expect(await jobs(world, 'retry', id)).toMatchObject({ status: 2, err: `There is no parked job ${id}.` });
  expect(await jobs(world, 'list')).toMatchObject({ status: 2, err: 'There is no parked job that matches.' });
});

test('without a database there is one clear sentence', async () => {
  const err: string[] = [];
  const status = await runJobs(['list'], { env: {}, out: () => undefined, err: (text) => err.push(text) });
  expect([status, err.join('\n')]).toEqual([78, expect.stringContaining('Nothing is running here')]);
});

test('the dashboard shows the queues and changes nothing', async () => {
  const { hostname, port } = new URL(inject('redisUrl'));
  const queue = new Queue('jobs-mail', {
    connection: { host: hostname, port: Number(port) },
    prefix: `test-${randomUUID()}`,
  });
  onTestFinished(() => queue.close());
  const job = await queue.add('mail', { id: randomUUID() }, { delay: 3_600_000 });
  const app = express();
  app.use((request, response) => jobsDashboard([queue])(request, response));
  const server = await listen(app, { host: '127.0.0.1', port: 0 });
  onTestFinished(server.close);
  const page = await fetch(`${server.url}${DASHBOARD_PATH}`);
  expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('Ticketing jobs')]);
  const api = `${server.url}${DASHBOARD_PATH}/api/queues`;
  expect(await (await fetch(`${api}?activeQueue=jobs-mail`)).text()).toContain(job.id);
  const removed = await fetch(`${api}/jobs-mail/${job.id}/clean`, { method: 'PUT' });
  expect(removed.ok).toBe(false);
  expect(await queue.getDelayedCount()).toBe(1);
  await queue.obliterate({ force: true });
});
