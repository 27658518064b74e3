import { fillCatalogue, type Sale } from '../catalogue.ts';
import { PAYMENTS_PER_SECOND, startDraining } from '../draining.ts';
import { holdOrders } from '../held-orders.ts';
import { replaceByPastOrders } from '../past-orders.ts';
import type { Contest } from '../row.ts';
import type { BenchDatabase, Workbench } from '../workbench.ts';
import { startHoldingOf } from './hold.ts';
import { named } from '../named.ts';

const MANY = 1_000_000;
const FEW = 10_000;
const TICKET_TYPES = 1000;
const BUYERS = 100_000;

/** Holding where much was sold before. */
export const growthHold: Contest = {
  kind: 'contest',
  ...named('growth-hold'),
  baseline: 'the same beside ten thousand',
  unit: 'orders/s',
  atLeast: 0.8,
  open: async (bench) => {
    const { many, few, sales, keepFew } = await pastOrders(bench);
    const [ours, other] = [await startHoldingOf(bench, many, sales), await startHoldingOf(bench, few, sales)];
    return {
      ours: ours.load,
      baseline: async (seconds) => {
        await keepFew();
        return other.load(seconds);
      },
      remark: () => 'the ten thousand are made anew before each round; a round adds its own',
    };
  },
};

/** Settling where much was sold before. */
export const growthSettle: Contest = {
  ...growthHold,
  ...named('growth-settle'),
  unit: 'payments/s',
  open: async (bench) => {
    const { many, few, sales, keepFew } = await pastOrders(bench);
    const drain = await startDraining(bench);
    let first = 1;
    const settle = async (database: BenchDatabase, seconds: number) => {
      const payments = { first, count: seconds * PAYMENTS_PER_SECOND };
      first += payments.count;
      await holdOrders(database.urls.orders, sales, payments);
      return drain(database, payments);
    };
    return {
      ours: (seconds) => settle(many, seconds),
      baseline: async (seconds) => {
        await keepFew();
        return settle(few, seconds);
      },
      remark: () => 'the ten thousand are made anew before each round; a round adds its own',
    };
  },
};

interface Pair {
  many: BenchDatabase;
  few: BenchDatabase;
  sales: Sale[];
  /** Brings the smaller one back to what it is to hold. */
  keepFew: () => Promise<void>;
}

/** The million takes a while to make: once for both rows. */
async function pastOrders(bench: Workbench): Promise<Pair> {
  const { many, few, sales } = await bench.shared('past orders', async ({ database }) => {
    const [big, small] = [await database(), await database()];
    const onSale = await fillCatalogue(big.admin, TICKET_TYPES);
    await fillCatalogue(small.admin, TICKET_TYPES);
    await replaceByPastOrders(big.admin, { count: MANY, ticketTypes: TICKET_TYPES, buyers: BUYERS });
    return { many: big, few: small, sales: onSale };
  });
  const keepFew = () => replaceByPastOrders(few.admin, { count: FEW, ticketTypes: TICKET_TYPES, buyers: BUYERS });
  return { many, few, sales, keepFew };
}
