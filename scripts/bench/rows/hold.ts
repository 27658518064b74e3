import { signAccessToken } from '@ticketing/service-kit/access-token';
import type pg from 'pg';
import { CLIENTS, oneByOne } from '../baselines/one-by-one.ts';
import { BUYERS, holdTransaction } from '../baselines/transactions.ts';
import { fillCatalogue, type Sale } from '../catalogue.ts';
import { idOf } from '../ids.ts';
import { closedLoop } from '../load.ts';
import type { PlainRequest } from '../load/closed-loop.ts';
import { JWT_SECRET, startService } from '../processes.ts';
import type { Contest } from '../row.ts';
import type { Workbench } from '../workbench.ts';

const CONNECTIONS = 64;

/** Everyone wants the same. */
export const holdHot: Contest = {
  kind: 'contest',
  name: 'hold-hot',
  what: 'POST /orders, all for one ticket type',
  baseline: `one transaction per order on one hot row, ${CLIENTS} clients`,
  unit: 'orders/s',
  atLeast: 2,
  open: (bench) => open(bench, 1),
};

/** Everyone wants something else. */
export const holdSpread: Contest = {
  ...holdHot,
  name: 'hold-spread',
  what: 'POST /orders, over 1,000 ticket types',
  baseline: `one transaction per order, spread alike, ${CLIENTS} clients`,
  atLeast: 1,
  open: (bench) => open(bench, 1000),
};

async function open(bench: Workbench, ticketTypes: number) {
  // A database each, so that both write into tables that are as long.
  const [ours, plain] = [await bench.database(), await bench.database()];
  const sales = await fillCatalogue(ours.admin, ticketTypes);
  await fillCatalogue(plain.admin, ticketTypes);
  const service = await startService(bench, 'orders-service', { DATABASE_URL: ours.urls.orders });
  const { by, run } = await oneByOne(bench);
  const requests = { kind: 'any-of' as const, requests: buyers(sales) };
  return {
    ours: async (seconds: number) => {
      const load = { url: service.url, connections: CONNECTIONS, seconds, warmUpSeconds: 1, requests };
      const figure = await closedLoop(load, bench.signal);
      await checkHeld(ours.admin);
      return figure;
    },
    baseline: async (seconds: number) => {
      const figure = await run(plain.urls.orders, holdTransaction(ticketTypes), { seconds });
      await checkHeld(plain.admin);
      return figure;
    },
    remark: () => `${CONNECTIONS} connections, token and body checked; baseline run by ${by}`,
  };
}

/** One request of each buyer, with a token of their own. */
function buyers(sales: Sale[]): PlainRequest[] {
  return Array.from({ length: BUYERS }, (_, index) => {
    const { eventId, ticketTypeId } = sales[index % sales.length] ?? { eventId: '', ticketTypeId: '' };
    const id = idOf('buyer', index + 1);
    const token = signAccessToken({ current: JWT_SECRET }, { id, role: 'customer', email: 'buyer@example.com' });
    return {
      method: 'POST',
      path: '/orders',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ eventId, lines: [{ ticketTypeId, quantity: 1 }] }),
    };
  });
}

/** Whoever is fast by losing orders is not fast. */
async function checkHeld(admin: pg.Pool): Promise<void> {
  const { rows } = await admin.query<{ held: number; lines: number; orders: number }>(
    `select
       (select sum(held)::int from orders.ticket_stock) as held,
       (select count(*)::int from orders.order_lines) as lines,
       (select count(*)::int from orders.orders) as orders`,
  );
  const [{ held, lines, orders } = { held: 0, lines: -1, orders: -1 }] = rows;
  if (held !== lines || held !== orders)
    throw new Error(`${held} seats are held by ${orders} orders of ${lines} lines`);
}
