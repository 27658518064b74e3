import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { present } from '@ticketing/service-kit/present';
import { Session } from '@ticketing/types/account';
import { Order } from '@ticketing/types/order';
import { Ticket } from '@ticketing/types/ticket';
import { startTraceCollector, type CollectedSpan, type TraceCollector } from '@ticketing/testing/trace-collector';
import { waitUntil } from '@ticketing/testing/wait-until';
import { z } from 'zod';
import { call } from '../run/http-call.ts';
import { DEMO_ACCOUNTS } from '../start/demo-data.ts';
import { origin } from '../start/plan.ts';
import { metricsPort } from '../start/ports.ts';
import { seed, type Seeded } from '../start/seed.ts';
import { startStack, type Stack } from '../start/stack.ts';
import { leakedLines, linesWithSecrets } from './log-leaks.ts';
import { postgresPid, stillRunning, temporaryData, type TemporaryData } from './temporary-data.ts';

/** Enough that the worker dies while there are some in every state. */
const PAYMENTS = 30;
/** A dead member leaves its group when its session is over. */
const SETTLED_TIMEOUT_MS = 30_000;
/** On a machine where Kafka has to be fetched first. */
const FIRST_START_TIMEOUT_MS = 150_000;

let data: TemporaryData;
let collector: TraceCollector;
let stack: Stack;
let sample: Seeded['sample'];
let token: string;

beforeAll(async () => {
  data = await temporaryData();
  collector = await startTraceCollector();
  stack = await startStack({
    dataDir: data.path,
    full: true,
    env: { RATE_LIMITS: 'off', ORDER_OPEN_HOLDS: '0', STRIPE_MAX_RPS: '1000', LOG_LEVEL: 'trace', ...collector.env },
  });
  ({ sample } = await seed(stack.url, stack.demoPassword));
  const { email } = DEMO_ACCOUNTS.customer;
  const password = stack.demoPassword;
  token = Session.parse((await call(`${stack.url}/auth/login`, { body: { email, password } })).body).accessToken;
}, FIRST_START_TIMEOUT_MS);
afterAll(async () => {
  await stack.close();
  await collector.close();
  await data.remove();
});

/** Holds a ticket and starts its payment. */
async function hold(): Promise<{ id: string; pay: () => Promise<unknown> }> {
  const { eventId, ticketTypeId } = sample;
  const held = await call(`${stack.url}/orders`, { token, body: { eventId, lines: [{ ticketTypeId, quantity: 1 }] } });
  const { id } = Order.parse(held.body);
  const started = await call(`${stack.url}/orders/${id}/payment`, { token, method: 'POST' });
  const { intentId } = present(Order.parse(started.body).payment);
  return { id, pay: () => call(`${stack.stripeUrl}/_local/pay/${intentId}`, { method: 'POST' }) };
}

async function statuses(ids: string[]): Promise<string[]> {
  const answers = await Promise.all(ids.map((id) => call(`${stack.url}/orders/${id}`, { token })));
  return answers.map(({ body }) => Order.parse(body).status);
}

const allPaid = async (ids: string[]) => (await statuses(ids)).every((status) => status === 'paid');

/** Webhooks that the shop has not yet answered with a 2xx. */
async function undelivered(): Promise<number> {
  const { body } = await call(`${stack.stripeUrl}/_local/delivery`);
  return z.object({ pending: z.int() }).parse(body).pending;
}

/** Messages from Kafka that the running worker has settled. */
async function settledByWorker(): Promise<number> {
  const { body } = await call(`${origin(metricsPort(stack.ports.worker))}/metrics`);
  return Number(/^payment_messages_total\{[^}]*verdict="settled"[^}]*\} (\d+)/m.exec(String(body))?.[1] ?? 0);
}

test('a payment goes through Kafka to the worker, and the buyer gets the tickets', async () => {
  const { id, pay } = await hold();
  await pay();
  await waitUntil('the order to be paid', () => allPaid([id]), { timeoutMs: SETTLED_TIMEOUT_MS });
  const tickets = await call(`${stack.url}/orders/${id}/tickets`, { token });
  expect(z.array(Ticket).parse(tickets.body)).toMatchObject([{ status: 'valid' }]);
  expect(await settledByWorker()).toBe(1);
  const mails = () => readdir(join(data.path, 'mail')).catch(() => []);
  await waitUntil('the mail with the tickets', async () => (await mails()).some((file) => file.endsWith('.eml')));
});

test('one trace leads from Stripe’s webhook to the mail with the tickets', async () => {
  const { id, pay } = await hold();
  await pay();
  // From the gateway to the SQL and the job, each with its parent.
  const chain = [
    ['gateway', 'POST /orders'],
    ['orders-service', 'POST /orders/webhook'],
    ['orders-service', 'send payment.succeeded'],
    ['payment-worker', 'process payment.succeeded'],
  ] as const;
  const traces = () => Object.values(Object.groupBy(collector.spans(), ({ traceId }) => traceId)) as CollectedSpan[][];
  const mails = (spans: CollectedSpan[]) =>
    spans.some(({ name, attributes }) => name === 'job mail' && attributes['ticketing.order_id'] === id);
  await waitUntil('the mail’s job to be traced', () => traces().some(mails), { timeoutMs: SETTLED_TIMEOUT_MS });
  const spans = present(traces().find(mails));
  let parent: CollectedSpan | undefined;
  for (const [service, name] of chain) {
    const span = present(spans.find((one) => one.service === service && one.name === name));
    expect(span.parentSpanId ?? '').toBe(parent?.spanId ?? '');
    parent = span;
  }
  const settling = spans.filter(({ parentSpanId }) => parentSpanId === parent?.spanId);
  expect(settling.map(({ attributes }) => attributes['db.query.text'] ?? '').join()).toContain('payment_events');
});

test('no span has a secret, a ticket’s code or a search in it', async () => {
  const { id, pay } = await hold();
  await pay();
  await waitUntil('the order to be paid', () => allPaid([id]), { timeoutMs: SETTLED_TIMEOUT_MS });
  const [ticket] = z.array(Ticket).parse((await call(`${stack.url}/orders/${id}/tickets`, { token })).body);
  const { code } = present(ticket);
  await call(`${stack.url}/tickets/${code}/qr.svg?token=hush`);
  await waitUntil('the code’s picture to be traced', () =>
    collector
      .spans()
      .some(({ service, name }) => service === 'orders-service' && name === 'GET /tickets/{code}/qr.svg'),
  );
  const lines = collector.spans().map((span) => JSON.stringify(span));
  expect(await linesWithSecrets(lines, data.path)).toEqual([]);
  expect(lines.filter((line) => line.includes(code) || line.includes('hush'))).toEqual([]);
});

test('log lines carry the trace that they were written in', async () => {
  const log = await readFile(join(data.path, 'logs', 'orders-service.log'), 'utf8');
  const taken = present(log.split('\n').find((line) => line.includes('payment report taken in')));
  const { traceId, spanId } = z.object({ traceId: z.string(), spanId: z.string() }).parse(JSON.parse(taken));
  expect(collector.spans().find((span) => span.spanId === spanId)).toMatchObject({ traceId });
});

test('payments that were queued when the worker and the broker were killed are all settled once both are back', async () => {
  const orders = await Promise.all(Array.from({ length: PAYMENTS }, hold));
  const early = orders.slice(0, PAYMENTS / 2);
  const late = orders.slice(PAYMENTS / 2);
  await Promise.all([...early.map(({ pay }) => pay()), stack.kill('payment-worker', 'SIGKILL')]);
  await Promise.all(late.map(({ pay }) => pay()));
  await waitUntil('Stripe to be answered', async () => (await undelivered()) === 0);
  expect(await statuses(late.map(({ id }) => id))).toEqual(late.map(() => 'pending'));
  const { body } = await call(`${stack.url}/health`);
  expect(body).toMatchObject({ status: 'down', services: { orders: 'ok', worker: 'down' } });

  const broker = present(stack.kafka);
  await broker.crash();
  await broker.restart();
  await stack.restart('payment-worker');
  const ids = orders.map(({ id }) => id);
  await waitUntil('all to be paid', () => allPaid(ids), { timeoutMs: SETTLED_TIMEOUT_MS, everyMs: 200 });
});

test('no log has a secret or a whole address in it, whatever has happened', async () => {
  expect(await leakedLines(data.path)).toEqual([]);
});

test('closing leaves no process', async () => {
  const servers = [await postgresPid(data.path), present(stack.kafka).pid, present(stack.redis).pid];
  const pids = [...Object.values(stack.processes()), ...servers];
  expect(pids).toHaveLength(8);
  expect(stillRunning(pids)).toEqual(pids);
  await stack.close();
  expect(stillRunning(pids)).toEqual([]);
});
