import { createHmac } from 'node:crypto';
import { allOperations } from '@ticketing/gateway/src/docs.ts';
import { callExamples, placeholders } from '@ticketing/gateway/src/openapi-examples.ts';
import { waitUntil } from '@ticketing/testing/wait-until';
import { Session } from '@ticketing/types/account';
import { Event } from '@ticketing/types/event';
import { Order } from '@ticketing/types/order';
import { Ticket } from '@ticketing/types/ticket';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { call } from '../http-call.ts';
import { startPlatform, WEBHOOK_SECRET, type Platform } from '../platform.ts';

const examples = callExamples();

test('the examples of the API reference can be sent, and are answered as it shows', async () => {
  const platform = await startPlatform({ env: { ORGANIZER_REGISTRATION: 'open' } });
  const shown = new Set<string>();
  /** Sends the example of a call, with what is to be filled in, and compares the answer with the example of it. */
  const show = async (id: string, status: number, { token, filled = {}, headers }: Sent = {}) => {
    const operation = allOperations.find((candidate) => candidate.id === id);
    if (!operation) throw new Error(`There is no operation ${id}`);
    const path = operation.path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => filled[name] ?? '');
    const body = fill(JSON.stringify(examples[id]?.body), filled);
    const signature = id === 'stripeWebhook' && body !== undefined && { 'stripe-signature': sign(body) };
    const answer = await call(operation.method, platform.url + path, {
      token,
      body,
      headers: { ...headers, ...signature },
    });
    expect(answer.status, `${id}: ${answer.text}`).toBe(status);
    expect(plain(answer.body), `${id} ${status}`).toEqual(plain(examples[id]?.answers?.[status]));
    shown.add(`${id} ${status}`);
    return answer.body;
  };
  try {
    const organizer = await register(platform.url, 'organizer');
    const { accessToken: buyer, refreshToken } = Session.parse(await show('register', 201));
    await show('login', 200);
    await show('refresh', 200, { filled: { REFRESH_TOKEN: refreshToken } });
    await show('logout', 204, { filled: { REFRESH_TOKEN: refreshToken } });
    await show('me', 200, { token: buyer });
    await show('readHealth', 200);

    const event = Event.parse(await show('createEvent', 201, { token: organizer }));
    const [ticketType] = event.ticketTypes;
    const ids = { EVENT_ID: event.id, TICKET_TYPE_ID: ticketType?.id ?? '' };
    await show('readEvent', 200, { filled: { id: event.id } });
    await show('listEvents', 200);
    const once = { token: buyer, filled: ids, headers: { 'idempotency-key': 'example' } };
    const order = Order.parse(await show('placeOrder', 201, once));
    await show('placeOrder', 200, once);
    await show('readAvailability', 200, { filled: { id: event.id } });
    const own = { token: buyer, filled: { id: order.id, ORDER_ID: order.id } };
    await show('readOrder', 200, own);
    await show('listOrders', 200, own);
    const { payment } = Order.parse(await show('startPayment', 200, own));
    await show('stripeWebhook', 200, { filled: { ...own.filled, [EXAMPLE_INTENT]: payment?.intentId ?? '' } });
    const [ticket] = z.array(Ticket).parse(await show('listTickets', 200, own));
    const atDoor = { token: organizer, filled: { code: ticket?.code ?? '', EVENT_ID: event.id } };
    await show('checkInTicket', 200, atDoor);
    await show('undoCheckIn', 200, atDoor);

    const second = await hold(platform.url, buyer, event);
    await show('cancelOrder', 200, { token: buyer, filled: { id: second.id } });
    await show('changeEvent', 200, { token: organizer, filled: { id: event.id, ...ids } });

    const draft = { ...(examples.createEvent?.body as object), status: 'draft' };
    const created = await call('POST', `${platform.url}/events`, { token: organizer, body: draft });
    const { id: draftId } = Event.parse(created.body);
    await show('publishEvent', 200, { token: organizer, filled: { id: draftId } });

    const refunded = await buy(platform, buyer, await publish(platform.url, organizer));
    await show('refundOrder', 202, { token: organizer, filled: { id: refunded.id } });
    const cancelled = await buy(platform, buyer, await publish(platform.url, organizer));
    const itsEvent = { token: organizer, filled: { id: cancelled.eventId } };
    await show('cancelEvent', 200, itsEvent);
    await waitUntil('the money to be back', async () => {
      const { body } = await call('GET', `${platform.url}/orders/${cancelled.id}`, { token: buyer });
      return Order.parse(body).status === 'refunded';
    });
    await show('readCancellation', 200, itsEvent);
  } finally {
    await platform.close();
  }
  const all = Object.entries(examples).flatMap(([id, { answers = {} }]) =>
    Object.keys(answers).map((status) => `${id} ${status}`),
  );
  // Nothing is down here.
  expect(all.filter((example) => !shown.has(example))).toEqual(['readHealth 503']);
});

interface Sent {
  token?: string;
  /** What stands for a placeholder, or for a parameter of the path. */
  filled?: Record<string, string>;
  headers?: Record<string, string>;
}

const EXAMPLE_INTENT = 'pi_3SWx2eKj9mQ0pLr1';

function fill(text: string | undefined, filled: Record<string, string>): string | undefined {
  const named = Object.entries(placeholders).map(([name, value]): [string, string | undefined] => [
    value,
    filled[name],
  ]);
  return [...named, [EXAMPLE_INTENT, filled[EXAMPLE_INTENT]] as const].reduce(
    (rest, [value, actual]) => (actual === undefined ? rest : rest?.replaceAll(value, actual)),
    text,
  );
}

/** As Stripe signs (https://docs.stripe.com/webhooks#verify-manually). */
function sign(body: string): string {
  const seconds = Math.floor(Date.now() / 1000);
  const signature = createHmac('sha256', WEBHOOK_SECRET).update(`${seconds}.${body}`).digest('hex');
  return `t=${seconds},v1=${signature}`;
}

/** An answer without what is another each time: ids, times, secrets. */
function plain(answer: unknown): unknown {
  if (answer === undefined) return undefined;
  return JSON.parse(JSON.stringify(answer), (key, value: unknown) => {
    if (typeof value !== 'string') return value;
    if (/token|secret|intentId|code/i.test(key)) return `<${key}>`;
    return value.replace(UUID, '<id>').replace(INSTANT, '<time>');
  });
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** An order of two tickets, as in the examples. */
async function hold(url: string, token: string, { id, ticketTypes }: Event): Promise<Order> {
  const body = { eventId: id, lines: [{ ticketTypeId: ticketTypes[0]?.id, quantity: 2 }] };
  return Order.parse((await call('POST', `${url}/orders`, { token, body })).body);
}

async function register(url: string, role: string): Promise<string> {
  const body = { email: `${role}@example.com`, password: 'correct horse battery', name: 'Grace Hopper', role };
  return Session.parse((await call('POST', `${url}/auth/register`, { body })).body).accessToken;
}

async function publish(url: string, token: string): Promise<Event> {
  return Event.parse((await call('POST', `${url}/events`, { token, body: examples.createEvent?.body })).body);
}

/** Such an order, paid. */
async function buy({ url, stripe }: Platform, token: string, event: Event): Promise<Order> {
  const order = await hold(url, token, event);
  const { body: started } = await call('POST', `${url}/orders/${order.id}/payment`, { token });
  await call('POST', `${stripe.url}/_local/pay/${Order.parse(started).payment?.intentId}`);
  await waitUntil('the order to be paid', async () => {
    const answer = await call('GET', `${url}/orders/${order.id}`, { token });
    return Order.parse(answer.body).status === 'paid';
  });
  return order;
}
