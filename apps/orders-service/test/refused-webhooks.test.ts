import { createHmac, randomUUID } from 'node:crypto';
import { createLog } from '@ticketing/service-kit/log';
import { freePorts } from '@ticketing/testing/local-server/free-ports';
import { waitUntil } from '@ticketing/testing/wait-until';
import { expect, onTestFinished, test } from 'vitest';
import { startedOrder, untilStatus } from './orders.ts';
import { openShop, WEBHOOK_SECRET, type Refusal } from './shop.ts';

interface Line {
  level: string;
  msg: string;
  reason?: string;
  times?: number;
}

async function open(settings: Record<string, string> = {}) {
  const lines: Line[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line) as Line) };
  const [metricsPort] = await freePorts(1);
  const shop = await openShop(
    { METRICS_PORT: String(metricsPort), ...settings },
    createLog({ name: 'orders', level: 'info', format: 'json', destination }),
  );
  onTestFinished(shop.close);
  const metrics = async () => (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  return {
    ...{ shop, metrics },
    /** Of webhooks. */
    warned: () => lines.filter(({ msg }) => msg.startsWith('A webhook')),
    refused: async () => {
      const counts = (await metrics()).matchAll(/^stripe_webhooks_refused_total\{reason="(\w+)".*\} (\d+)$/gm);
      return Object.fromEntries(Array.from(counts, ([, reason = '', count]) => [reason, Number(count)]));
    },
    deliver: (body: string, signature: string | undefined) =>
      shop.call<Refusal>('POST', '/orders/webhook', {
        body,
        headers: signature === undefined ? {} : { 'stripe-signature': signature },
      }),
  };
}

function sign(body: string, { secret = WEBHOOK_SECRET, ageSeconds = 0, scheme = 'v1' } = {}): string {
  const time = Math.floor(Date.now() / 1000) - ageSeconds;
  return `t=${time},${scheme}=${createHmac('sha256', secret).update(`${time}.${body}`).digest('hex')}`;
}

const BODY = JSON.stringify({
  id: `evt_${randomUUID()}`,
  object: 'event',
  type: 'customer.created',
  data: { object: {} },
});
const OTHER = { secret: 'whsec_of_another_endpoint' };

const REFUSED = {
  missing: { none: undefined },
  malformed: {
    empty: '',
    nonsense: 'a'.repeat(5_000),
    'no time': 'v1=ab',
    'no number as time': 't=now,v1=ab',
    'no signature': 't=1',
    'an empty signature': 't=1,v1=',
    'a scheme for tests': sign(BODY, { scheme: 'v0' }),
  },
  signature: {
    'of another secret': sign(BODY, OTHER),
    'of another body': sign(`${BODY} `),
    'old, and of another secret': sign(BODY, { ...OTHER, ageSeconds: 86_400 }),
    'of a clock that is ahead, and of another secret': sign(BODY, { ...OTHER, ageSeconds: -86_400 }),
    'no hex digits': `t=${Math.floor(Date.now() / 1000)},v1=nonsense`,
  },
  stale: { 'a day': sign(BODY, { ageSeconds: 86_400 }), 'a little': sign(BODY, { ageSeconds: 310 }) },
};

test('a refused webhook is counted by the reason, and warned about once with what to look at', async () => {
  const { refused, deliver, warned, shop } = await open({
    STRIPE_WEBHOOK_SECRET: `whsec_of_tomorrow,${WEBHOOK_SECRET}`,
  });
  const expected: Record<string, number> = { missing: 0, malformed: 0, signature: 0, stale: 0 };
  expect(await refused()).toEqual(expected);
  for (const [reason, cases] of Object.entries(REFUSED)) {
    for (const [what, signature] of Object.entries<string | undefined>(cases)) {
      const { status, body } = await deliver(BODY, signature);
      expect([what, status, body.code]).toEqual([what, 400, 'MALFORMED_REQUEST']);
      expected[reason] = (expected[reason] ?? 0) + 1;
      expect([what, await refused()]).toEqual([what, expected]);
    }
  }
  expect(warned().map(({ level, reason, times }) => [level, reason, times])).toEqual(
    Object.keys(REFUSED).map((reason) => ['warn', reason, 1]),
  );
  expect(warned().find(({ reason }) => reason === 'signature')?.msg).toContain('STRIPE_WEBHOOK_SECRET');
  expect(warned().find(({ reason }) => reason === 'stale')?.msg).toContain('clock');
  // What is signed and in time is taken, and counted elsewhere; what is signed and cannot be read is refused.
  expect((await deliver(BODY, sign(BODY))).status).toBe(200);
  expect(await refused()).toEqual(expected);
  expect((await deliver('{', sign('{'))).status).toBe(400);
  expect(await refused()).toEqual({ ...expected, malformed: (expected.malformed ?? 0) + 1 });
  expect(await shop.faults()).toEqual([]);
});

test('whoever sends garbage fills neither the log nor the metrics', async () => {
  const { refused, deliver, warned } = await open();
  for (let round = 0; round < 10; round++) {
    await Promise.all(
      Array.from({ length: 30 }, (_, index) => deliver(`"${randomUUID()}"`, `t=${index},v1=${randomUUID()}`)),
    );
  }
  expect(await refused()).toEqual({ missing: 0, malformed: 0, signature: 300, stale: 0 });
  expect(warned()).toHaveLength(1);
});

test('what Stripe says is settled by asking where webhooks are refused, and counted', async () => {
  const { shop, refused, metrics } = await open({ STRIPE_WEBHOOK_SECRET: 'whsec_of_another_endpoint' });
  const settled = async () => Number(/^stripe_settled_by_asking_total\{.*\} (\d+)$/m.exec(await metrics())?.[1]);
  expect(await settled()).toBe(0);
  const order = await startedOrder(shop, await shop.createEvent());
  shop.stripe.pay(order.intentId);
  await waitUntil('a webhook to be refused', async () => ((await refused()).signature ?? 0) > 0);
  // Two minutes later.
  await shop.admin.query(`update orders.payments set created_at = now() - interval '1 hour', checked_at = null`);
  await untilStatus(shop, order.buyer, order.orderId, 'paid');
  await waitUntil('it to be counted', async () => (await settled()) === 1);
  expect(await shop.faults()).toEqual([]);
});
