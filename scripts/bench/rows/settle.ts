import { createProducer } from '@ticketing/kafka/producer';
import { silentLog } from '@ticketing/service-kit/log';
import { waitUntil } from '@ticketing/testing/wait-until';
import type { PaymentOutcome } from '@ticketing/types/payment-outcome';
import type pg from 'pg';
import { CLIENTS, oneByOne } from '../baselines/one-by-one.ts';
import { settleTransaction } from '../baselines/transactions.ts';
import { fillCatalogue, PRICE } from '../catalogue.ts';
import { holdOrders } from '../held-orders.ts';
import { idOf } from '../ids.ts';
import { startService } from '../processes.ts';
import type { Contest, Figure } from '../row.ts';
import type { BenchDatabase, Workbench } from '../workbench.ts';

/** For each second that was asked for: about as many as one worker settles in one. */
const PAYMENTS_PER_SECOND = 5_008;
const DRAIN_TIMEOUT_MS = 120_000;

/** Queued payments, settled by one worker. */
export const settle: Contest = {
  kind: 'contest',
  name: 'settle',
  what: 'one worker draining queued payments, over 1,000 ticket types',
  baseline: `one transaction per payment, ${CLIENTS} connections`,
  unit: 'payments/s',
  atLeast: 3,
  open: (bench) => open(bench, 1000),
};

/** The same when everyone bought the same. */
export const settleHot: Contest = {
  ...settle,
  name: 'settle-hot',
  what: 'one worker draining queued payments, all for one ticket type',
  open: (bench) => open(bench, 1),
};

async function open(bench: Workbench, ticketTypes: number) {
  const brokers = await bench.kafka();
  const { by, run } = await oneByOne(bench);
  const prepare = async (seconds: number) => {
    const count = seconds * PAYMENTS_PER_SECOND;
    const database = await bench.database();
    await holdOrders(database.urls.orders, await fillCatalogue(database.admin, ticketTypes), { first: 1, count });
    return { count, database };
  };
  return {
    ours: async (seconds: number) => {
      const { count, database } = await prepare(seconds);
      await queue(brokers, count);
      await bench.checkpoint();
      const figure = await drain(bench, brokers, database, count);
      await checkSettled(database.admin, count);
      return figure;
    },
    baseline: async (seconds: number) => {
      const { count, database } = await prepare(seconds);
      await bench.checkpoint();
      const figure = await run(database.urls.worker, settleTransaction(PRICE), { transactions: count });
      await checkSettled(database.admin, count);
      return figure;
    },
    remark: () => `baseline run by ${by}`,
  };
}

async function queue(brokers: string, count: number): Promise<void> {
  const producer = createProducer({
    ...{ brokers: [brokers], clientId: 'bench', log: silentLog },
    ...{ timeoutMs: DRAIN_TIMEOUT_MS, maxWaiting: count },
  });
  const occurredAt = new Date().toISOString();
  const outcome = (n: number): PaymentOutcome => ({
    ...{ eventId: `evt_${n}`, type: 'payment.succeeded', orderId: idOf('order', n), paymentIntentId: `pi_${n}` },
    ...{ amount: PRICE, currency: 'EUR', occurredAt },
  });
  await Promise.all(Array.from({ length: count }, (_, index) => producer.send(outcome(index + 1))));
  await producer.close();
}

/**
 * From the first batch to the last by the database's clock, without the payments of the first: that leaves out the worker's
 * start, and nothing else.
 */
async function drain(bench: Workbench, brokers: string, database: BenchDatabase, count: number): Promise<Figure> {
  const { admin, urls } = database;
  const worker = await startService(bench, 'payment-worker', { DATABASE_URL: urls.worker, KAFKA_BROKERS: brokers });
  await waitUntil('every payment to be settled', async () => (await soldSeats(admin)) === count, {
    timeoutMs: DRAIN_TIMEOUT_MS,
    everyMs: 100,
  });
  await worker.stop();
  const { rows } = await admin.query<{ per_second: number }>(
    `with settled as (select pg_xact_commit_timestamp(xmin) as at, xmin from orders.orders where status = 'paid'),
       ends as (select min(at) as first, max(at) as last from settled)
     select count(*) filter (where at > first) / extract(epoch from last - first)::float8 as per_second
     from settled, ends
     group by first, last`,
  );
  return { perSecond: rows[0]?.per_second ?? 0 };
}

async function soldSeats(admin: pg.Pool): Promise<number> {
  const { rows } = await admin.query<{ sold: number }>('select sum(sold)::int as sold from orders.ticket_stock');
  return rows[0]?.sold ?? 0;
}

/** Both sides have to have written the same. */
async function checkSettled(admin: pg.Pool, count: number): Promise<void> {
  const { rows } = await admin.query<Record<string, number>>(
    `select
       (select count(*)::int from orders.orders where status = 'paid') as orders,
       (select count(*)::int from orders.payment_events where result = 'paid') as payment_events,
       (select count(*)::int from orders.payments where status = 'succeeded') as payments,
       (select count(*)::int from orders.tickets) as tickets,
       (select sum(sold)::int from orders.ticket_stock) as sold`,
  );
  const written = rows[0] ?? {};
  if (Object.values(written).some((rowsWritten) => rowsWritten !== count)) {
    throw new Error(`${count} payments were settled to this: ${JSON.stringify(written)}`);
  }
}
