import { waitUntil } from '@ticketing/testing/wait-until';
import type pg from 'pg';
import { fillCatalogue, PRICE } from '../catalogue.ts';
import { delaysOf } from '../figures.ts';
import { holdOrders } from '../held-orders.ts';
import { idOf } from '../ids.ts';
import { openLoop } from '../load.ts';
import { startService, WEBHOOK_SECRET } from '../processes.ts';
import type { Latency } from '../row.ts';
import { peakRate } from './webhook.ts';
import { named } from '../named.ts';

const PEAK_SECONDS = 3;
const PAID_TIMEOUT_MS = 30_000;

/** From Stripe's report to tickets, through Kafka and the worker. */
export const webhookToPaid: Latency = {
  kind: 'latency',
  ...named('webhook-to-paid'),
  p99BelowMs: 250,
  open: async (bench) => {
    const peak = await peakRate(bench, PEAK_SECONDS);
    const perSecond = Math.round(peak / 10);
    const brokers = await bench.kafka();
    const { admin, urls } = await bench.database();
    const sales = await fillCatalogue(admin, 1000);
    const orders = await startService(bench, 'orders-service', { DATABASE_URL: urls.orders, KAFKA_BROKERS: brokers });
    await startService(bench, 'payment-worker', { DATABASE_URL: urls.worker, KAFKA_BROKERS: brokers });
    let first = 1;
    return {
      measure: async (seconds) => {
        const run = { first, count: perSecond * seconds };
        first += run.count;
        await holdOrders(urls.orders, sales, run);
        await bench.checkpoint();
        const { startedAtMs, intervalMs } = await openLoop(
          {
            ...{ url: orders.url, connections: 64, perSecond, count: run.count },
            requests: {
              ...{ kind: 'webhooks', path: '/orders/webhook', secret: WEBHOOK_SECRET },
              ...{ amount: PRICE, orders: { first: run.first } },
            },
          },
          bench.signal,
        );
        const paidAt = await paidTimes(admin, run);
        const delays = paidAt.map((atMs, index) => atMs - (startedAtMs + index * intervalMs));
        return delaysOf(delays);
      },
      remark: () => `${perSecond} webhooks/s, open loop`,
    };
  },
};

/** When each order's settlement was committed, in ms since 1970 and in the order of their numbers. */
async function paidTimes(admin: pg.Pool, { first, count }: { first: number; count: number }): Promise<number[]> {
  const read = async () => {
    const { rows } = await admin.query<{ at: number }>(
      `select extract(epoch from pg_xact_commit_timestamp(xmin))::float8 * 1000 as at
       from orders.orders
       where id between $1 and $2 and status = 'paid'
       order by id`,
      [idOf('order', first), idOf('order', first + count - 1)],
    );
    return rows.length === count ? rows.map(({ at }) => at) : undefined;
  };
  return waitUntil('every order to be paid', read, { timeoutMs: PAID_TIMEOUT_MS, everyMs: 250 });
}
