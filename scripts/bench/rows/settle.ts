import { CLIENTS, oneByOne } from '../baselines/one-by-one.ts';
import { settleTransaction } from '../baselines/transactions.ts';
import { fillCatalogue, PRICE } from '../catalogue.ts';
import { checkSettled, PAYMENTS_PER_SECOND, startDraining } from '../draining.ts';
import { holdOrders } from '../held-orders.ts';
import type { Contest } from '../row.ts';
import type { Workbench } from '../workbench.ts';
import { named } from '../named.ts';

/** Queued payments, settled by one worker. */
export const settle: Contest = {
  kind: 'contest',
  ...named('settle'),
  baseline: `one transaction per payment, ${CLIENTS} connections`,
  unit: 'payments/s',
  atLeast: 3,
  open: (bench) => open(bench, 1000),
};

/** The same when everyone bought the same. */
export const settleHot: Contest = {
  ...settle,
  ...named('settle-hot'),
  open: (bench) => open(bench, 1),
};

async function open(bench: Workbench, ticketTypes: number) {
  const { by, run } = await oneByOne(bench);
  const drain = await startDraining(bench);
  const prepare = async (seconds: number) => {
    const database = await bench.database();
    const payments = { first: 1, count: seconds * PAYMENTS_PER_SECOND };
    await holdOrders(database.urls.orders, await fillCatalogue(database.admin, ticketTypes), payments);
    return { payments, database };
  };
  return {
    ours: async (seconds: number) => {
      const { payments, database } = await prepare(seconds);
      return drain(database, payments);
    },
    baseline: async (seconds: number) => {
      const { payments, database } = await prepare(seconds);
      await bench.checkpoint();
      const figure = await run(database.urls.worker, settleTransaction(PRICE), { transactions: payments.count });
      await checkSettled(database.admin, payments);
      return figure;
    },
    remark: () => `baseline run by ${by}; the worker writes the buyers' mails meanwhile, the baseline only notes them`,
  };
}
