import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLog } from '@ticketing/service-kit/log';
import { waitUntil } from '@ticketing/testing/wait-until';
import { Session } from '@ticketing/types/account';
import { Order } from '@ticketing/types/order';
import { Ticket } from '@ticketing/types/ticket';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { call } from '../http-call.ts';
import { JWT_SECRET, JWT_SECRET_PREVIOUS, STRIPE_SECRET_KEY, WEBHOOK_SECRET } from '../platform.ts';
import { openWorld, type World } from '../world.ts';

const EMAIL = 'lovelace.of.the.log@example.com';
const OTHER_EMAIL = 'where.tickets.go@example.com';
const PASSWORD = 'a password of the log';

const lines: string[] = [];
let world: World;
beforeAll(async () => {
  const destination = { write: (line: string) => void lines.push(line) };
  world = await openWorld({ log: createLog({ name: 'all', level: 'trace', format: 'json', destination }) });
});
afterAll(() => world.close());

/** What must be in no log, by what it is. */
const secrets = new Map<string, string>([
  ['the password', PASSWORD],
  ['a wrong password', 'not this password'],
  ['the address', EMAIL],
  ['the address of the tickets', OTHER_EMAIL],
  ['the secret of tokens', JWT_SECRET],
  ['the previous secret of tokens', JWT_SECRET_PREVIOUS],
  ['the key of Stripe', STRIPE_SECRET_KEY],
  ['the secret of webhooks', WEBHOOK_SECRET],
  ['the password of the database', 'test-orders'],
]);

async function register(): Promise<Session> {
  const body = { email: EMAIL, password: PASSWORD, name: 'Lovelace' };
  const session = Session.parse((await call('POST', `${world.url}/auth/register`, { body })).body);
  secrets.set('an access token', session.accessToken).set('a refresh token', session.refreshToken);
  return session;
}

test('a purchase and all that can go wrong with it leave no secret in any log', async () => {
  const { url, stripe, admin } = world;
  const { accessToken: token, refreshToken } = await register();
  const post = (path: string, body?: unknown, headers?: Record<string, string>) =>
    call('POST', url + path, { token, ...(body !== undefined && { body }), ...(headers && { headers }) });

  await post('/auth/register', { email: EMAIL, password: PASSWORD, name: 'Again' });
  await post('/auth/login', { email: EMAIL, password: 'not this password' });
  const renewed = Session.parse((await post('/auth/refresh', { refreshToken })).body);
  secrets.set('a renewed token', renewed.refreshToken);
  await admin.query(`update identity.refresh_tokens set spent_at = spent_at - interval '10 seconds'`);
  expect((await post('/auth/refresh', { refreshToken })).status).toBe(401);
  await post('/auth/login', `{"password":"${PASSWORD}`);
  await call('GET', `${url}/orders?token=${token}`, { headers: { authorization: `Bearer ${token}x` } });

  const { eventId, ticketTypeId } = await world.event('published', 2_500);
  const body = { eventId, lines: [{ ticketTypeId, quantity: 1 }], email: OTHER_EMAIL };
  secrets.set('an idempotency key', 'a-key-of-the-log');
  const order = Order.parse((await post('/orders', body, { 'idempotency-key': 'a-key-of-the-log' })).body);

  // Stripe fails in each of its ways, with everything about the payment in its errors.
  stripe.failNext({ path: '/v1/payment_intents', status: 500, executed: true, times: 2 });
  expect((await post(`/orders/${order.id}/payment`)).status).toBe(503);
  stripe.failNext({ path: '/v1/payment_intents', status: 429, times: 2 });
  expect((await post(`/orders/${order.id}/payment`)).status).toBe(429);
  stripe.stopFailing();
  const { payment } = Order.parse((await post(`/orders/${order.id}/payment`)).body);
  secrets.set('a client secret', payment?.clientSecret ?? '');
  stripe.pay(payment?.intentId ?? '', 'declined');
  stripe.pay(payment?.intentId ?? '');
  await stripe.delivered();
  await post('/orders/webhook', { id: 'evt_forged' }, { 'stripe-signature': 't=1,v1=forged' });
  stripe.emit('payment_intent.succeeded', { id: 'pi_1', receipt_email: EMAIL, client_secret: 'pi_1_secret_1' });
  secrets.set('the client secret of an odd report', 'pi_1_secret_1');
  await stripe.delivered();
  const tickets = await call('GET', `${url}/orders/${order.id}/tickets`, { token });
  const [ticket] = z.tuple([Ticket]).parse(tickets.body);
  secrets.set('the code of a ticket', ticket.code);
  await waitUntil('the mail with the tickets', () => mails().some((mail) => mail.includes(OTHER_EMAIL)));

  // A refund that fails, and is tried again in the background.
  stripe.failNext({ path: '/v1/refunds', status: 500, times: 3 });
  const refund = { token: world.people.token('admin') };
  expect((await call('POST', `${url}/orders/${order.id}/refund`, refund)).status).toBe(202);
  await waitUntil('the refund to be put off', () => logged().includes('will be tried again'));

  // The database fails in the middle of it all: statements and their values are in its errors.
  await admin.query('alter table identity.users rename to users_away; alter table orders.orders rename to orders_away');
  try {
    expect((await post('/auth/login', { email: EMAIL, password: PASSWORD })).status).toBe(500);
    expect((await post('/auth/register', { email: OTHER_EMAIL, password: PASSWORD, name: 'A' })).status).toBe(500);
    expect((await post('/orders', body)).status).toBe(500);
  } finally {
    await admin.query(
      'alter table identity.users_away rename to users; alter table orders.orders_away rename to orders',
    );
  }
  await admin.query(`alter table identity.users add constraint no_names check (name <> 'Refused') not valid`);
  await post('/auth/register', { email: OTHER_EMAIL, password: PASSWORD, name: 'Refused' });
  await waitUntil('the failures to be logged', () => logged().includes('no_names'));

  const log = logged();
  const leaked = [...secrets].filter(([, secret]) => secret !== '' && log.includes(secret));
  expect(leaked.map(([what, secret]) => `${what}: ${lines.find((line) => line.includes(secret)) ?? ''}`)).toEqual([]);
  expect(log).not.toMatch(/\$argon2|eyJ[\w-]{20}|_secret_|whsec_|Bearer /);
  expect(log.match(/[\w.+-]+@[\w-]+\.[a-z]+/gi)?.filter((address) => !address.endsWith('.invalid')) ?? []).toEqual([]);
});

test('a line of the log is a line, whatever is in a request', async () => {
  const before = lines.length;
  const headers = { 'x-request-id': 'a b', 'user-agent': 'a\u009b31m' };
  await call('GET', `${world.url}/orders/%0a%7b%22level%22:%22fatal%22%7d`, { headers });
  for (const line of lines.slice(before)) {
    expect(line.trimEnd()).not.toMatch(/[\n\r]/);
    expect(() => JSON.parse(line) as unknown).not.toThrow();
  }
});

function logged(): string {
  return lines.join('');
}

function mails(): string[] {
  return readdirSync(world.mails, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
}
