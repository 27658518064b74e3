import { randomUUID } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import Stripe from 'stripe';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAdmin, type Admin } from '@ticketing/kafka/admin';
import { readTopic } from '@ticketing/kafka/read-topic';
import { headerText, type ReceivedMessage } from '@ticketing/kafka/received-message';
import { silentLog } from '@ticketing/service-kit/log';
import { present } from '@ticketing/service-kit/present';
import { startLocalKafka, type LocalKafka } from '@ticketing/testing/local-kafka';
import { temporaryHome } from '@ticketing/testing/temporary-home';
import { waitUntil } from '@ticketing/testing/wait-until';
import type { Order } from '@ticketing/types/order';
import { openShop, WEBHOOK_SECRET, type Refusal, type Shop } from './shop.ts';

let kafka: LocalKafka;
let admin: Admin;
let shop: Shop;
beforeAll(async () => {
  const dataDir = await mkdtemp(join(await temporaryHome(), 'ticketing-orders-kafka-'));
  // A broker of the test's own, to be stopped.
  kafka = await startLocalKafka({ dataDir, persistent: false });
  admin = createAdmin({ brokers: [kafka.brokers], clientId: 'test', log: silentLog });
  await admin.createTopics({ partitions: 2, replicationFactor: 1 });
  shop = await openShop({ KAFKA_BROKERS: kafka.brokers });
}, 60_000);
afterAll(async () => {
  await shop.close();
  await admin.close();
  await kafka.stop();
});

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

function report(order: Order) {
  const object = { id: `pi_${randomUUID()}`, amount: order.total, currency: 'eur', metadata: { order_id: order.id } };
  return { id: `evt_${randomUUID()}`, type: 'payment_intent.succeeded', created: 1_800_000_000, data: { object } };
}

function deliver(event: object) {
  const body = JSON.stringify(event);
  const signature = Stripe.webhooks.generateTestHeaderString({ payload: body, secret: WEBHOOK_SECRET });
  const headers = { 'stripe-signature': signature, traceparent: TRACEPARENT };
  return shop.call<{ outcome: string } & Refusal>('POST', '/orders/webhook', { body, headers });
}

async function pendingOrders(count: number): Promise<Order[]> {
  const { eventId, ticketTypeId } = await shop.createEvent([{ capacity: 1000 }]);
  const holds = Array.from({ length: count }, () => shop.hold(shop.token(), eventId, [[ticketTypeId, 1]]));
  return (await Promise.all(holds)).map(({ body }) => body);
}

async function queued(): Promise<ReceivedMessage[]> {
  const messages: ReceivedMessage[] = [];
  const client = { brokers: [kafka.brokers], clientId: 'test', log: silentLog };
  for await (const message of readTopic(client, 'payment.succeeded')) messages.push(message);
  return messages;
}

test('a webhook is answered once Kafka has the message, with its headers, keyed by the order', async () => {
  const orders = await pendingOrders(50);
  const reports = orders.map(report);
  const answers = await Promise.all(reports.map(deliver));
  expect(answers.map(({ status, body }) => [status, body.outcome])).toEqual(Array(50).fill([200, 'queued']));
  const messages = await queued();
  const byId = new Map(messages.map((message) => [headerText(message.headers, 'ce_id'), message]));
  for (const [index, { id }] of reports.entries()) {
    const message = byId.get(id);
    expect(message?.key?.toString()).toBe(orders[index]?.id);
    expect(JSON.parse(String(message?.value))).toMatchObject({
      ...{ eventId: id, type: 'payment.succeeded', orderId: orders[index]?.id, amount: 2500, currency: 'EUR' },
      occurredAt: '2027-01-15T08:00:00.000Z',
    });
    expect(message && headerText(message.headers, 'traceparent')).toBe(TRACEPARENT);
    expect(message && headerText(message.headers, 'ce_type')).toBe('payment.succeeded');
  }
});

test('while Kafka is away payments are settled in place, without each of them waiting for it, and queued again after', async () => {
  await kafka.crash();
  const orders = await pendingOrders(60);
  const answers: { outcome: string; tookMs: number }[] = [];
  for (const order of orders) {
    const start = performance.now();
    const { status, body } = await deliver(report(order));
    expect(status).toBe(200);
    answers.push({ outcome: body.outcome, tookMs: performance.now() - start });
  }
  expect(new Set(answers.map(({ outcome }) => outcome))).toEqual(new Set(['paid']));
  // The first few wait for Kafka; then it is left alone, and asked about again every few seconds.
  expect(answers.filter(({ tookMs }) => tookMs > 1_000).length).toBeLessThanOrEqual(6);

  const [order] = await pendingOrders(1);
  shop.proxy.cut();
  const refused = await deliver(report(present(order)));
  expect([refused.status, refused.body.code]).toEqual([503, 'UNAVAILABLE']);
  shop.proxy.restore();

  await kafka.restart();
  await waitUntil(
    'webhooks to be queued again',
    async () => {
      const [next] = await pendingOrders(1);
      return (await deliver(report(present(next)))).body.outcome === 'queued';
    },
    { timeoutMs: 30_000, everyMs: 200 },
  );
}, 90_000);
