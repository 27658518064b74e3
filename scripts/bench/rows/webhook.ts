import type { Contest } from '../row.ts';
import { closedLoop } from '../load.ts';
import { startBaseline, startService, WEBHOOK_SECRET } from '../processes.ts';
import type { Workbench } from '../workbench.ts';
import { named } from '../named.ts';

const PATH = '/orders/webhook';
const CONNECTIONS = 64;
/** More than either side can take, so that no webhook is sent twice. */
const MOST_PER_SECOND = 25_000;

/** Reports of paid orders, taken in and acknowledged. */
export const webhook: Contest = {
  kind: 'contest',
  ...named('webhook'),
  baseline: "bare Express 5, Stripe's check, one awaited kafkajs send each",
  unit: 'webhooks/s',
  atLeast: 1.5,
  open: async (bench) => {
    const brokers = await bench.kafka();
    const ours = await startOrders(bench, brokers);
    const baseline = await startBaseline(bench, 'express-webhook', {
      readyPath: '/ready',
      env: { KAFKA_BROKERS: brokers, STRIPE_WEBHOOK_SECRET: WEBHOOK_SECRET },
    });
    return {
      ours: (seconds) => loadWebhook(bench, ours.url, seconds),
      baseline: (seconds) => loadWebhook(bench, baseline.url, seconds),
      remark: () =>
        `${CONNECTIONS} connections; acks=all on both sides, the baseline's producer is not idempotent, ours is`,
    };
  },
};

/** What it costs that a message is on disk before Stripe is answered, where there is one broker. */
export const webhookFlush: Contest = {
  kind: 'contest',
  ...named('webhook-flush'),
  baseline: 'the same with messages in memory of the one broker',
  unit: 'webhooks/s',
  open: async (bench) => {
    const ours = await startOrders(bench, await bench.kafka({ flush: true }));
    const baseline = await startOrders(bench, await bench.kafka({ flush: false }));
    return {
      ours: (seconds) => loadWebhook(bench, ours.url, seconds),
      baseline: (seconds) => loadWebhook(bench, baseline.url, seconds),
      remark: () => `${CONNECTIONS} connections; flush.messages=1 against Kafka's default`,
    };
  },
};

/** How many webhooks a second orders-service takes in, with nobody consuming; closes what that needs. */
export async function peakRate(bench: Workbench, seconds: number): Promise<number> {
  const orders = await startOrders(bench, await bench.kafka());
  // The first run warms up: it takes seconds until service and broker have compiled what is hot.
  await loadWebhook(bench, orders.url, seconds);
  const { perSecond } = await loadWebhook(bench, orders.url, seconds);
  await orders.stop();
  return perSecond;
}

async function startOrders(bench: Workbench, brokers: string) {
  const { urls } = await bench.database();
  return startService(bench, 'orders-service', { DATABASE_URL: urls.orders, KAFKA_BROKERS: brokers });
}

function loadWebhook({ signal }: Workbench, url: string, seconds: number) {
  const perConnection = Math.ceil((MOST_PER_SECOND * (seconds + 1)) / CONNECTIONS);
  return closedLoop(
    {
      ...{ url, connections: CONNECTIONS, seconds, warmUpSeconds: 1 },
      requests: { kind: 'webhooks', path: PATH, secret: WEBHOOK_SECRET, amount: 2500, orders: 'unknown' },
      perConnection,
      expectBody: '{"received":true,"outcome":"queued"}',
    },
    signal,
  );
}
