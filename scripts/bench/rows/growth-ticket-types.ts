import type { Contest } from '../row.ts';
import { startHolding } from './hold.ts';
import { named } from '../named.ts';

/** What it costs that there is more to choose from. */
export const growthTicketTypes: Contest = {
  kind: 'contest',
  ...named('growth-ticket-types'),
  baseline: 'the same with one on sale',
  unit: 'orders/s',
  atLeast: 0.8,
  open: async (bench) => {
    const [many, one] = [await bench.database(), await bench.database()];
    return {
      ours: (await startHolding(bench, many, 1000)).load,
      baseline: (await startHolding(bench, one, 1)).load,
    };
  },
};
