import { createHmac, randomUUID } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import type { Order } from '@ticketing/types/order';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openShop, WEBHOOK_SECRET, type Shop } from './shop.ts';

const NEXT_SECRET = 'whsec_of_tomorrow_only';

let shop: Shop;
let buyer: string;
let eventId: string;
let ticketTypeId: string;

beforeAll(async () => {
  shop = await openShop({ STRIPE_WEBHOOK_SECRET: `${WEBHOOK_SECRET},${NEXT_SECRET}` });
  buyer = shop.token();
  ({ eventId, ticketTypeId } = await shop.createEvent());
});
afterAll(async () => {
  expect(await shop.faults()).toEqual([]);
  await shop.close();
});

interface Delivered {
  status: number;
  code?: string;
  outcome?: string;
}

/** Sends bytes with headers just as given, twice where a value is a list. */
function deliver(body: string | Buffer, headers: Record<string, string | string[]>): Promise<Delivered> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${shop.url}/orders/webhook`, { method: 'POST', headers }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => {
        const answer = JSON.parse(Buffer.concat(parts).toString()) as Omit<Delivered, 'status'>;
        resolve({ ...answer, status: response.statusCode ?? 0 });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

interface Signing {
  secret?: string;
  /** Negative: from the future. */
  ageSeconds?: number;
  scheme?: string;
}

/** As https://docs.stripe.com/webhooks#verify-manually says. */
function sign(body: string | Buffer, { secret = WEBHOOK_SECRET, ageSeconds = 0, scheme = 'v1' }: Signing = {}): string {
  const time = Math.floor(Date.now() / 1000) - ageSeconds;
  return `t=${time},${scheme}=${createHmac('sha256', secret).update(`${time}.`).update(body).digest('hex')}`;
}

async function pending(): Promise<Order> {
  return (await shop.hold(buyer, eventId, [[ticketTypeId, 1]])).body;
}

function paymentOf(order: Order, more: object = {}): string {
  const intent = { id: `pi_${randomUUID()}`, amount: order.total, currency: 'eur', metadata: { order_id: order.id } };
  const event = { id: `evt_${randomUUID()}`, object: 'event', type: 'payment_intent.succeeded', ...more };
  return JSON.stringify({ ...event, data: { object: intent } });
}

test('a signature that is missing, empty, old, of another secret, scheme or body is refused and pays nothing', async () => {
  const order = await pending();
  const body = paymentOf(order);
  const good = sign(body);
  const [time = '', signature = ''] = good.split(',');
  const forged: Record<string, Record<string, string | string[]>> = {
    'no header': {},
    'an empty one': { 'stripe-signature': '' },
    nonsense: { 'stripe-signature': 'a'.repeat(5_000) },
    'no time': { 'stripe-signature': signature },
    'no signature': { 'stripe-signature': time },
    'an empty signature': { 'stripe-signature': `${time},v1=` },
    'another secret': { 'stripe-signature': sign(body, { secret: 'whsec_of_someone_else' }) },
    'no secret at all': { 'stripe-signature': sign(body, { secret: '' }) },
    'a scheme for tests': { 'stripe-signature': sign(body, { scheme: 'v0' }) },
    '301 seconds old': { 'stripe-signature': sign(body, { ageSeconds: 301 }) },
    'a new time for an old signature': {
      'stripe-signature': `${time},${sign(body, { ageSeconds: 400 }).split(',')[1] ?? ''}`,
    },
    'no number as time': { 'stripe-signature': `t=now,${signature}` },
    'that of another body': { 'stripe-signature': sign(`${body} `) },
    'two wrong headers': {
      'stripe-signature': [sign(body, { secret: 'whsec_of_a_forger' }), sign(body, { ageSeconds: 999 })],
    },
    'in the address instead': { 'x-stripe-signature': good },
  };
  for (const [what, headers] of Object.entries(forged)) {
    const { status, code } = await deliver(body, headers);
    expect([what, status, code]).toEqual([what, 400, 'MALFORMED_REQUEST']);
  }
  expect((await shop.order(buyer, order.id)).status).toBe('pending');
  const { rows } = await shop.admin.query('select from orders.payment_events where event_id = $1', [
    (JSON.parse(body) as { id: string }).id,
  ]);
  expect(rows).toEqual([]);
});

test('a body is verified as it came: the same content written in another way is another body', async () => {
  const order = await pending();
  const body = paymentOf(order);
  const headers = { 'stripe-signature': sign(body) };
  for (const other of [` ${body}`, JSON.stringify(JSON.parse(body), null, 1), body.replace('"eur"', '"EUR"')]) {
    expect((await deliver(other, headers)).status).toBe(400);
  }
  expect(await deliver(body, headers)).toMatchObject({ status: 200, outcome: 'paid' });
});

test('while the secret rotates both sign, alone or in one header, as Stripe sends it then', async () => {
  for (const header of [
    (body: string) => sign(body),
    (body: string) => sign(body, { secret: NEXT_SECRET }),
    (body: string) => `${sign(body)},${sign(body, { secret: NEXT_SECRET }).split(',')[1] ?? ''}`,
    (body: string) => `${sign(body, { secret: 'whsec_of_yesterday' })},${sign(body).split(',')[1] ?? ''}`,
  ]) {
    const body = paymentOf(await pending());
    expect(await deliver(body, { 'stripe-signature': header(body) })).toMatchObject({ status: 200, outcome: 'paid' });
  }
});

test('a signature of a clock that is ahead is taken: who has the secret needs no trick with time', async () => {
  const body = paymentOf(await pending());
  expect((await deliver(body, { 'stripe-signature': sign(body, { ageSeconds: -120 }) })).status).toBe(200);
});

test('what was recorded and is sent again within its time changes nothing', async () => {
  const order = await pending();
  const body = paymentOf(order);
  const headers = { 'stripe-signature': sign(body) };
  expect((await deliver(body, headers)).outcome).toBe('paid');
  for (let round = 0; round < 5; round++) {
    expect(await deliver(body, headers)).toMatchObject({ status: 200, outcome: 'duplicate' });
  }
  expect(await shop.tickets(buyer, order.id)).toHaveLength(1);
});

test('a body may have 1 MB and not a byte more, whatever it is once it is unpacked', async () => {
  const order = await pending();
  const padded = (length: number) => {
    const body = paymentOf(order);
    return body + ' '.repeat(length - body.length);
  };
  const whole = padded(1_000_000);
  expect((await deliver(whole, { 'stripe-signature': sign(whole) })).status).toBe(200);
  const over = padded(1_000_001);
  const bomb = gzipSync(Buffer.alloc(200_000_000, 32));
  expect(bomb.length).toBeLessThan(1_000_000);
  for (const [body, headers] of [
    [over, {}],
    [bomb, { 'content-encoding': 'gzip' }],
  ] as const) {
    const { status, code } = await deliver(body, { ...headers, 'stripe-signature': sign(body) });
    expect([status, code]).toEqual([413, 'BODY_TOO_LARGE']);
  }
});

test('a compressed body is verified as what it unpacks to; a broken one is refused', async () => {
  for (const [encoding, compress] of [
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ] as const) {
    const body = paymentOf(await pending());
    const headers = { 'content-encoding': encoding, 'stripe-signature': sign(body) };
    expect((await deliver(body, headers)).status, `${encoding} that is none`).toBe(400);
    expect((await deliver(compress(Buffer.from(`${body} `)), headers)).status, `${encoding}, altered`).toBe(400);
    expect(await deliver(compress(Buffer.from(body)), headers)).toMatchObject({ status: 200, outcome: 'paid' });
  }
});

test('a signed event that is named like what every object has is ignored like any other unknown type', async () => {
  for (const type of ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'payment_intent.unheard_of']) {
    const body = paymentOf(await pending(), { type });
    const answer = await deliver(body, { 'stripe-signature': sign(body) });
    expect([type, answer]).toEqual([type, expect.objectContaining({ status: 200, outcome: 'ignored' })]);
  }
});

test('a signed event with NUL anywhere is kept or ignored, and acknowledged', async () => {
  const order = await pending();
  const objects: Record<string, object> = {
    'in a name': { amount: 'none', 'a\u0000b': 1 },
    'in a name within the metadata': { amount: 1, metadata: { 'a\u0000b': 1 } },
    'in the intent of an order that is not named': { id: 'pi_\u0000', amount: 1, currency: 'eur' },
    'in a name far inside': { amount: 'none', a: [{ b: { 'c\u0000': '\udc00' } }] },
  };
  for (const [where, object] of Object.entries(objects)) {
    const event = JSON.parse(paymentOf(order)) as { data: { object: object } };
    event.data.object = { id: 'pi_1', currency: 'eur', ...object };
    const body = JSON.stringify(event);
    const { status, outcome } = await deliver(body, { 'stripe-signature': sign(body) });
    expect([where, status, outcome]).toEqual([where, 200, 'rejected']);
  }
});

test('a signed body that is no event is refused, and never fails', async () => {
  for (const body of ['', 'null', '[]', '"a"', '7', '{}', '{"id":7}', '{'.repeat(10_000), '[['.repeat(100_000)]) {
    const { status } = await deliver(body, { 'stripe-signature': sign(body) });
    expect([body.slice(0, 9), [200, 400].includes(status)]).toEqual([body.slice(0, 9), true]);
  }
});
