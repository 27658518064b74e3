import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAdmin } from '@ticketing/kafka/admin';
import { createProducer } from '@ticketing/kafka/producer';
import { readTopic } from '@ticketing/kafka/read-topic';
import type { ReceivedMessage } from '@ticketing/kafka/received-message';
import { deadLetterTopicOf, outcomeTopics } from '@ticketing/kafka/topics';
import { openOrdersDatabase } from '@ticketing/order-core/database';
import { recordIntent } from '@ticketing/order-core/payments';
import { place } from '@ticketing/order-core/place';
import { settle } from '@ticketing/order-core/settle';
import { readConfig } from '@ticketing/service-kit/config';
import { silentLog, type Logger } from '@ticketing/service-kit/log';
import { openAdminPool } from '@ticketing/testing/admin-pool';
import { insertEvent } from '@ticketing/testing/catalogue';
import { findFaults } from '@ticketing/testing/invariants';
import type {} from '@ticketing/testing/kafka';
import type {} from '@ticketing/testing/redis';
import { startLocalStripe, type LocalStripeOptions } from '@ticketing/testing/local-stripe';
import { createDatabase } from '@ticketing/testing/postgres';
import { startTcpProxy } from '@ticketing/testing/tcp-proxy';
import { waitUntil } from '@ticketing/testing/wait-until';
import type { PaymentOutcome } from '@ticketing/types/payment-outcome';
import { v7 as uuidv7 } from 'uuid';
import { inject, onTestFinished } from 'vitest';
import { WorkerConfig } from '../src/config.ts';
import { startService } from '../src/service.ts';

/** A database, topics and a local Stripe of the test's own, and workers on them. All is closed after the test. */
export async function openWorld(brokers = inject('kafkaBrokers'), stripeOptions: Partial<LocalStripeOptions> = {}) {
  const database = await createDatabase(inject('postgresUrl'));
  const admin = openAdminPool(database.adminUrl);
  const stripe = await startLocalStripe({ webhookSecret: 'whsec_of_the_tests_only', ...stripeOptions });
  const proxy = await startTcpProxy(database.urls.worker);
  const mailDirectory = await mkdtemp(join(tmpdir(), 'ticketing-mail-'));
  const prefix = `test-${randomBytes(6).toString('hex')}-`;
  const client = { brokers: brokers.split(','), clientId: 'worker-test', log: silentLog };
  const kafka = createAdmin(client);
  await kafka.createTopics({ prefix, partitions: 3, replicationFactor: 1 });
  const producer = createProducer({ ...client, topicPrefix: prefix, timeoutMs: 10_000 });
  const db = openOrdersDatabase({ url: database.urls.orders, poolSize: 4, applicationName: 'worker-test' });
  onTestFinished(async () => {
    await producer.close();
    await db.close();
    const topics = outcomeTopics(prefix).flatMap((topic) => [topic, deadLetterTopicOf(topic)]);
    await kafka.deleteTopics(topics).catch(() => undefined);
    await kafka.close();
    await stripe.close();
    await proxy.close();
    await admin.end();
    await database.drop();
    await rm(mailDirectory, { recursive: true });
  });

  const holds = async (event: { eventId: string; ticketTypeId: string }, count: number, holdSeconds = 900) => {
    const requests = Array.from({ length: count }, () => ({
      orderId: uuidv7(),
      buyerId: randomUUID(),
      email: 'buyer@example.com',
      eventId: event.eventId,
      lines: [{ ticketTypeId: event.ticketTypeId, quantity: 1 }],
    }));
    await place(db.pool, requests, { holdSeconds, maxOpenHolds: 0 });
    return requests.map(({ orderId }) => orderId);
  };

  return {
    ...{ prefix, brokers, producer, admin, db, stripe, proxy, kafka, database, mailDirectory },
    startWorker: async (
      settings: Record<string, string> = {},
      { untilReady = true, log = silentLog }: StartOptions = {},
    ) => {
      const config = readConfig(WorkerConfig, {
        ...{ NODE_ENV: 'test', HOST: '127.0.0.1', PORT: '0', METRICS_PORT: '0', KAFKA_PARTITIONS: '3' },
        DATABASE_URL: proxy.url,
        KAFKA_BROKERS: brokers,
        STRIPE_SECRET_KEY: 'sk_test_local',
        STRIPE_API_BASE: stripe.url,
        STRIPE_MAX_RPS: '1000',
        PAYMENT_RETRY_BASE_MS: '50',
        MAIL_DIRECTORY: mailDirectory,
        ...settings,
      });
      const worker = await startService(config, log, prefix);
      onTestFinished(worker.close);
      if (!untilReady) return worker;
      await waitUntil('the worker to be ready', async () => (await fetch(`${worker.url}/health/ready`)).ok, {
        timeoutMs: 30_000,
      });
      return worker;
    },
    event: (capacity = 1000) => insertEvent(admin, [{ capacity }]),
    /** Pending orders of one seat each. */
    holds,
    /** Orders of one seat each that were paid at Stripe; nobody was sent anything yet. */
    paidOrders: async (event: { eventId: string; ticketTypeId: string }, count: number) => {
      const orderIds = await holds(event, count);
      const intents = await Promise.all(orderIds.map((orderId) => createIntent(stripe.url, orderId)));
      for (const [index, orderId] of orderIds.entries()) {
        const intentId = intents[index] ?? '';
        await recordIntent(db.pool, { orderId, intentId, clientSecret: null, accountId: null });
        stripe.pay(intentId);
      }
      await settle(
        db.pool,
        orderIds.map((orderId, index) => paid(orderId, { paymentIntentId: intents[index] ?? '' })),
      );
      return orderIds;
    },
    /** The files of mails that were sent. */
    mails: async () => (await readdir(mailDirectory)).filter((file) => file.endsWith('.eml')),
    cancelEvent: (eventId: string) =>
      admin.query(`update events.events set status = 'cancelled' where id = $1`, [eventId]),
    /** Makes an order that cannot be paid, whatever is tried: only its own update fails. Returns what cures it. */
    poison: async (orderId: string) => {
      await admin.query(`
        create function orders.refuse() returns trigger language plpgsql as $$
        begin
          raise exception 'this order is poisoned';
        end $$;
        create trigger refuse before update on orders.orders
        for each row when (new.status = 'paid' and new.id = '${orderId}') execute function orders.refuse()`);
      return () => admin.query('drop trigger refuse on orders.orders');
    },
    statuses: async (): Promise<Record<string, number>> => {
      const { rows } = await admin.query<{ status: string; count: number }>(
        'select status, count(*)::int from orders.orders group by status',
      );
      return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
    },
    deadLetters: async (type = 'payment.succeeded') => {
      const messages: ReceivedMessage[] = [];
      for await (const message of readTopic(client, deadLetterTopicOf(`${prefix}${type}`))) messages.push(message);
      return messages;
    },
    faults: () => findFaults(admin, { paymentIntents: [], charges: [], refunds: [] }),
  };
}

interface StartOptions {
  untilReady?: boolean;
  log?: Logger;
}

export type World = Awaited<ReturnType<typeof openWorld>>;

async function createIntent(stripeUrl: string, orderId: string): Promise<string> {
  const response = await fetch(`${stripeUrl}/v1/payment_intents`, {
    method: 'POST',
    headers: { authorization: 'Bearer sk_test_local', 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ amount: '2500', currency: 'eur', 'metadata[order_id]': orderId }),
  });
  const { id } = (await response.json()) as { id: string };
  return id;
}

/** Stripe's report that an order of one usual seat was paid. */
export function paid(orderId: string, over: Partial<PaymentOutcome> = {}): PaymentOutcome {
  return {
    eventId: `evt_${randomUUID()}`,
    type: 'payment.succeeded',
    orderId,
    paymentIntentId: `pi_${orderId}`,
    amount: 2500,
    currency: 'EUR',
    occurredAt: new Date().toISOString(),
    ...over,
  };
}
