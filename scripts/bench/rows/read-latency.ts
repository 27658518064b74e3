import type { Latency } from '../row.ts';
import { atShareOfPeak } from '../share-of-peak.ts';
import type { Workbench } from '../workbench.ts';
import { CONNECTIONS, eventPaths, listPaths, startReading } from './read.ts';
import { named } from '../named.ts';

/** The sender, which counts each request by itself, takes as much of the processor as the service at half its peak. */
const SHARE_OF_PEAK = 1 / 4;

/** How long a reader waits when the service is not at its limit. */
export const readEventLatency: Latency = {
  kind: 'latency',
  ...named('read-event-latency'),
  open: (bench) => open(bench, eventPaths),
};

/** The same for the first page. */
export const readListLatency: Latency = {
  kind: 'latency',
  ...named('read-list-latency'),
  open: (bench) => open(bench, listPaths),
};

async function open(bench: Workbench, pathsOf: (eventIds: string[]) => string[]) {
  const { url, requests, load } = await startReading(bench, pathsOf);
  return atShareOfPeak({ url, requests, load, connections: CONNECTIONS, signal: bench.signal }, SHARE_OF_PEAK);
}
