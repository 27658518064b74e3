import autocannon from 'autocannon';
import { quantile } from '../figures.ts';
import { prepareRequests, type Requests } from './requests.ts';

export interface ClosedLoop {
  url: string;
  connections: number;
  seconds: number;
  warmUpSeconds: number;
  requests: Requests;
  /** How many each connection has ready; it begins again after the last. */
  perConnection: number;
  /** What every answer has to be, to the byte. */
  expectBody?: string;
}

export interface ClosedLoopResult {
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
}

/**
 * Warms up, then measures.
 * @throws when an answer was not 2xx or not the expected one, or a connection broke: such a figure means nothing
 */
export async function runClosedLoop(plan: ClosedLoop): Promise<ClosedLoopResult> {
  const { url, connections, seconds, warmUpSeconds, perConnection, expectBody } = plan;
  const prepared = Array.from({ length: connections }, () => prepareRequests(plan.requests, perConnection));
  let next = 0;
  const running = start({
    ...{ url, connections, duration: warmUpSeconds + seconds },
    setupClient: (client) => client.setRequests(prepared[next++] ?? []),
    ...(expectBody !== undefined && { expectBody }),
  });
  // Its own count begins with the building of all requests, and knows no warm-up.
  const delaysMs: number[] = [];
  let from = Infinity;
  running.once('start', () => (from = performance.now() + warmUpSeconds * 1000));
  running.on('response', (_client, _status, _bytes, delayMs) => {
    const sinceMs = performance.now() - from;
    if (sinceMs >= 0 && sinceMs < seconds * 1000) delaysMs.push(delayMs);
  });
  const { non2xx, errors, timeouts, mismatches, statusCodeStats } = await running;
  if (non2xx + errors + timeouts + mismatches > 0) {
    const faults = JSON.stringify({ non2xx, errors, timeouts, mismatches, statusCodeStats });
    throw new Error(`${url} did not answer as it should: ${faults}`);
  }
  return {
    perSecond: delaysMs.length / seconds,
    p50Ms: quantile(delaysMs, 0.5),
    p99Ms: quantile(delaysMs, 0.99),
  };
}

/** The emitter; awaiting it gives the result, which its types leave out. */
function start(options: autocannon.Options): autocannon.Instance & PromiseLike<autocannon.Result> {
  return autocannon(options) as unknown as autocannon.Instance & PromiseLike<autocannon.Result>;
}
