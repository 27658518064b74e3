import type pg from 'pg';
import { CLIENTS, oneByOne } from '../baselines/one-by-one.ts';
import { holdTransaction } from '../baselines/transactions.ts';
import { holdRequests } from '../buyers.ts';
import { fillCatalogue, type Sale } from '../catalogue.ts';
import { closedLoop } from '../load.ts';
import { startService } from '../processes.ts';
import type { Contest } from '../row.ts';
import type { BenchDatabase, Workbench } from '../workbench.ts';
import { named } from '../named.ts';

export const CONNECTIONS = 64;

/** Everyone wants the same. */
export const holdHot: Contest = {
  kind: 'contest',
  ...named('hold-hot'),
  baseline: `one transaction per order on one hot row, ${CLIENTS} clients`,
  unit: 'orders/s',
  atLeast: 2,
  open: (bench) => open(bench, 1),
};

/** Everyone wants something else. */
export const holdSpread: Contest = {
  ...holdHot,
  ...named('hold-spread'),
  baseline: `one transaction per order, spread alike, ${CLIENTS} clients`,
  atLeast: 1,
  open: (bench) => open(bench, 1000),
};

async function open(bench: Workbench, ticketTypes: number) {
  // A database each, so that both write into tables that are as long.
  const [ours, plain] = [await bench.database(), await bench.database()];
  await fillCatalogue(plain.admin, ticketTypes);
  const hold = await startHolding(bench, ours, ticketTypes);
  const { by, run } = await oneByOne(bench);
  return {
    ours: hold.load,
    baseline: async (seconds: number) => {
      const figure = await run(plain.urls.orders, holdTransaction(ticketTypes), { seconds });
      await checkHeld(plain.admin);
      return figure;
    },
    remark: () => `${CONNECTIONS} connections, token and body checked; baseline run by ${by}`,
  };
}

/** An orders-service with so many ticket types on sale, and what loads it with holds for them, evenly. */
export async function startHolding(bench: Workbench, database: BenchDatabase, ticketTypes: number) {
  return startHoldingOf(bench, database, await fillCatalogue(database.admin, ticketTypes));
}

/** The same for what is on sale already. */
export async function startHoldingOf(bench: Workbench, { admin, urls }: BenchDatabase, sales: Sale[]) {
  const { url } = await startService(bench, 'orders-service', { DATABASE_URL: urls.orders });
  const requests = { kind: 'any-of' as const, requests: holdRequests(sales) };
  const load = async (seconds: number) => {
    const plan = { url, connections: CONNECTIONS, seconds, warmUpSeconds: 1, requests };
    const figure = await closedLoop(plan, bench.signal);
    await checkHeld(admin);
    return figure;
  };
  return { url, requests, load };
}

/** Whoever is fast by losing orders is not fast. */
export async function checkHeld(admin: pg.Pool): Promise<void> {
  const { rows } = await admin.query<{ held: number; lines: number; orders: number }>(
    `with pending as (select id from orders.orders where status = 'pending')
     select
       (select sum(held)::int from orders.ticket_stock) as held,
       (select count(*)::int from orders.order_lines where order_id in (select id from pending)) as lines,
       (select count(*)::int from pending) as orders`,
  );
  const [{ held, lines, orders } = { held: 0, lines: -1, orders: -1 }] = rows;
  if (held !== lines || held !== orders)
    throw new Error(`${held} seats are held by ${orders} orders of ${lines} lines`);
}
