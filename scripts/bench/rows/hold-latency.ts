import type { Latency } from '../row.ts';
import { atShareOfPeak } from '../share-of-peak.ts';
import { checkHeld, CONNECTIONS, startHolding } from './hold.ts';
import { named } from '../named.ts';

/** How long a buyer waits when the service is not at its limit. */
export const holdLatency: Latency = {
  kind: 'latency',
  ...named('hold-latency'),
  p99BelowMs: 15,
  open: async (bench) => {
    const { signal } = bench;
    const database = await bench.database();
    const loaded = { ...(await startHolding(bench, database, 1)), connections: CONNECTIONS, signal };
    const { measure, remark } = await atShareOfPeak(loaded, 1 / 2);
    return {
      measure: async (seconds) => {
        const delays = await measure(seconds);
        await checkHeld(database.admin);
        return delays;
      },
      remark,
    };
  },
};
