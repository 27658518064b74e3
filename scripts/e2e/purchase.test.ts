import { afterAll, beforeAll, expect, test } from 'vitest';
import { roleUrl } from '@ticketing/database/roles';
import { Session } from '@ticketing/types/account';
import { Event } from '@ticketing/types/event';
import { Availability, Order } from '@ticketing/types/order';
import { Ticket } from '@ticketing/types/ticket';
import { waitUntil } from '@ticketing/testing/wait-until';
import { z } from 'zod';
import { call } from '../run/http-call.ts';
import { runCaptured } from '../run/program.ts';
import { DEMO_ACCOUNTS } from '../start/demo-data.ts';
import { firstEvent, guide, purchase } from '../start/guide.ts';
import { provideSecrets } from '../start/secrets.ts';
import { seed, type Seeded } from '../start/seed.ts';
import { startStack, type Stack } from '../start/stack.ts';
import { postgresPid, stillRunning, temporaryData, type TemporaryData } from './temporary-data.ts';

let data: TemporaryData;
let stack: Stack;
let sample: Seeded['sample'];

beforeAll(async () => {
  data = await temporaryData();
  stack = await startStack({ dataDir: data.path });
  ({ sample } = await seed(stack.url, stack.demoPassword));
});
afterAll(async () => {
  await stack.close();
  await data.remove();
});

async function signIn(): Promise<string> {
  const { email } = DEMO_ACCOUNTS.customer;
  const password = stack.demoPassword;
  const { body } = await call(`${stack.url}/auth/login`, { body: { email, password } });
  return Session.parse(body).accessToken;
}

async function stock() {
  const { body } = await call(`${stack.url}/events/${sample.eventId}/availability`);
  const { ticketTypes } = Availability.parse(body);
  return ticketTypes.find(({ ticketTypeId }) => ticketTypeId === sample.ticketTypeId);
}

test('a hold survives the death of orders-service, and is then paid for', async () => {
  const token = await signIn();
  const before = await stock();
  const { eventId, ticketTypeId } = sample;
  const held = await call(`${stack.url}/orders`, { token, body: { eventId, lines: [{ ticketTypeId, quantity: 2 }] } });
  expect(held).toMatchObject({ status: 201, body: { status: 'pending' } });
  const { id } = Order.parse(held.body);

  await stack.kill('orders-service', 'SIGKILL');
  await stack.restart('orders-service');

  const started = await call(`${stack.url}/orders/${id}/payment`, { token, method: 'POST' });
  const { payment } = Order.parse(started.body);
  expect(payment).toMatchObject({ status: 'open' });
  await call(`${stack.stripeUrl}/_local/pay/${payment?.intentId}`, { method: 'POST' });
  const paid = await waitUntil('the order to be paid', async () => {
    const order = Order.parse((await call(`${stack.url}/orders/${id}`, { token })).body);
    return order.status === 'paid' ? order : undefined;
  });
  expect(paid.paidAt).not.toBeNull();
  const tickets = z.array(Ticket).parse((await call(`${stack.url}/orders/${id}/tickets`, { token })).body);
  expect(tickets.map(({ status }) => status)).toEqual(['valid', 'valid']);
  expect(await stock()).toMatchObject({ held: before?.held, sold: (before?.sold ?? 0) + 2 });
});

test('the commands that npm start prints buy two tickets when pasted into bash', async () => {
  const { out, status } = await runCaptured('bash', [
    '-c',
    purchase(stack, { sample, password: stack.demoPassword }).join('\n'),
  ]);
  expect(status).toBe(0);
  const lines = out.trim().split('\n');
  const tickets = z.array(Ticket).parse(JSON.parse(lines.at(-1) ?? ''));
  expect(tickets).toHaveLength(2);
});

test('the commands for a shop without demo data put an event on sale', async () => {
  // Nothing has told where this shop runs.
  const { rolePasswords } = await provideSecrets(data.path);
  const env = { ...process.env, DATABASE_URL: roleUrl(stack.databaseUrl, 'gateway', rolePasswords.gateway) };
  const commands = firstEvent(stack, '.data', new Date()).join('\n');
  const { out, status } = await runCaptured('bash', ['-c', commands], { env });
  expect(status).toBe(0);
  const event = Event.parse(JSON.parse(out.trim().split('\n').at(-1) ?? ''));
  expect(event).toMatchObject({ title: 'Opening Night', status: 'published' });
});

test('demo data is not made twice', async () => {
  expect(await seed(stack.url, stack.demoPassword)).toEqual({ eventsAdded: 0, sample });
});

test('what is printed names demo accounts only where there are some', () => {
  const { demoPassword: password } = stack;
  expect(guide(stack, { password, sample }, '.data')).toContain(`customer@example.com, password ${password}`);
  const without = guide(stack, undefined, '.data');
  expect(without).toContain('There is no demo data.');
  expect(without).not.toMatch(/organizer@example\.com|customer@example\.com/);
  expect(without).not.toContain(password);
});

test('every service answers through the one origin', async () => {
  const { status, body } = await call(`${stack.url}/health`);
  expect(status).toBe(200);
  expect(body).toEqual({ status: 'ok', services: expect.objectContaining({ events: 'ok', orders: 'ok' }) as unknown });
});

test('a process that dies is reported with its last lines', async () => {
  const pid = stack.processes()['events-service'] ?? 0;
  process.kill(pid, 'SIGKILL');
  const crash = await stack.crashed;
  expect(crash).toMatchObject({ process: 'events-service', how: 'killed by SIGKILL' });
  expect(crash.lastLines.join()).toContain('ready');
});

test('closing leaves no process', async () => {
  const pids = [...Object.values(stack.processes()), await postgresPid(data.path)];
  expect(stillRunning(pids)).toEqual(pids);
  await stack.close();
  expect(stillRunning(pids)).toEqual([]);
});
