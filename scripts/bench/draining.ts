import { createProducer } from '@ticketing/kafka/producer';
import { silentLog } from '@ticketing/service-kit/log';
import { waitUntil } from '@ticketing/testing/wait-until';
import type { PaymentOutcome } from '@ticketing/types/payment-outcome';
import type pg from 'pg';
import { PRICE } from './catalogue.ts';
import { idOf } from './ids.ts';
import { startService } from './processes.ts';
import type { Figure } from './row.ts';
import type { BenchDatabase, Workbench } from './workbench.ts';

/** For each second that was asked for: about as many as one worker settles in one. */
export const PAYMENTS_PER_SECOND = 5_008;
const DRAIN_TIMEOUT_MS = 120_000;

/** Payments of orders that are held, by their numbers. */
export interface Payments {
  first: number;
  count: number;
}

/** Starts a broker; returns what queues payments there and has one worker settle them. */
export async function startDraining(
  bench: Workbench,
): Promise<(database: BenchDatabase, payments: Payments) => Promise<Figure>> {
  const brokers = await bench.kafka();
  return async (database, payments) => {
    await queue(brokers, payments);
    await bench.checkpoint();
    const figure = await drain(bench, brokers, database, payments);
    await checkSettled(database.admin, payments);
    return figure;
  };
}

async function queue(brokers: string, { first, count }: Payments): Promise<void> {
  const producer = createProducer({
    ...{ brokers: [brokers], clientId: 'bench', log: silentLog },
    ...{ timeoutMs: DRAIN_TIMEOUT_MS, maxWaiting: count },
  });
  const occurredAt = new Date().toISOString();
  const outcome = (n: number): PaymentOutcome => ({
    ...{ eventId: `evt_${n}`, type: 'payment.succeeded', orderId: idOf('order', n), paymentIntentId: `pi_${n}` },
    ...{ amount: PRICE, currency: 'EUR', occurredAt },
  });
  await Promise.all(Array.from({ length: count }, (_, index) => producer.send(outcome(first + index))));
  await producer.close();
}

/**
 * From the first batch to the last by the database's clock, without the payments of the first: that leaves out the worker's
 * start, and nothing else.
 */
async function drain(
  bench: Workbench,
  brokers: string,
  { admin, urls }: BenchDatabase,
  { first, count }: Payments,
): Promise<Figure> {
  const soldBefore = await soldSeats(admin);
  const worker = await startService(bench, 'payment-worker', { DATABASE_URL: urls.worker, KAFKA_BROKERS: brokers });
  await waitUntil('every payment to be settled', async () => (await soldSeats(admin)) === soldBefore + count, {
    timeoutMs: DRAIN_TIMEOUT_MS,
    everyMs: 100,
  });
  await worker.stop();
  const { rows } = await admin.query<{ per_second: number }>(
    `with settled as (
         select pg_xact_commit_timestamp(xmin) as at
         from orders.orders
         where status = 'paid' and id between $1 and $2
       ),
       ends as (select min(at) as first, max(at) as last from settled)
     select count(*) filter (where at > first) / extract(epoch from last - first)::float8 as per_second
     from settled, ends
     group by first, last`,
    [idOf('order', first), idOf('order', first + count - 1)],
  );
  return { perSecond: rows[0]?.per_second ?? 0 };
}

async function soldSeats(admin: pg.Pool): Promise<number> {
  const { rows } = await admin.query<{ sold: number }>('select sum(sold)::int as sold from orders.ticket_stock');
  return rows[0]?.sold ?? 0;
}

/** Whoever settles, ours or a baseline, has to have written the same rows. */
export async function checkSettled(admin: pg.Pool, { first, count }: Payments): Promise<void> {
  const { rows } = await admin.query<Record<string, number>>(
    `select
       (select count(*)::int from orders.orders where status = 'paid' and id between $1 and $2) as orders,
       (select count(*)::int from orders.payment_events
        where result = 'paid' and order_id between $1::text and $2::text) as payment_events,
       (select count(*)::int from orders.payments where status = 'succeeded' and order_id between $1 and $2) as payments,
       (select count(*)::int from orders.tickets where order_id between $1 and $2) as tickets,
       (select count(*)::int from orders.outbox where kind = 'mail' and order_id between $1 and $2) as mails,
       (select sum(sold)::int from orders.ticket_stock) - (
         select count(*)::int from orders.tickets where not order_id between $1 and $2
       ) as sold`,
    [idOf('order', first), idOf('order', first + count - 1)],
  );
  const written = rows[0] ?? {};
  if (Object.values(written).some((rowsWritten) => rowsWritten !== count)) {
    throw new Error(`${count} payments were settled to this: ${JSON.stringify(written)}`);
  }
}
