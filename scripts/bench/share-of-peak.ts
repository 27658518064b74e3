import { openLoop } from './load.ts';
import type { Requests } from './load/requests.ts';
import type { Delays, Figure } from './row.ts';

export interface Loaded {
  url: string;
  connections: number;
  requests: Requests;
  /** As fast as it can. */
  load: (seconds: number) => Promise<Figure>;
  signal: AbortSignal;
}

const PEAK_SECONDS = 3;
const WARM_UP_SECONDS = 1;

/** Finds how much a service can take, and returns what measures its delays at a share of that, with an open loop. */
export async function atShareOfPeak({ load, signal, ...plan }: Loaded, share: number) {
  // The first run warms up.
  await load(PEAK_SECONDS);
  const peak = await load(PEAK_SECONDS);
  const perSecond = Math.round(peak.perSecond * share);
  let lateMs = 0;
  return {
    measure: async (seconds: number): Promise<Delays> => {
      const warmUpCount = perSecond * WARM_UP_SECONDS;
      const count = warmUpCount + perSecond * seconds;
      const result = await openLoop({ ...plan, perSecond, count, warmUpCount }, signal);
      const { p50Ms, p99Ms, p999Ms, maxMs, lateP99Ms } = result;
      lateMs = Math.max(lateMs, lateP99Ms);
      return { p50Ms, p99Ms, p999Ms, maxMs };
    },
    remark: () => `${perSecond} a second, open loop; the sender itself was up to ${lateMs.toFixed(1)} ms late, p99`,
  };
}
