import { randomInt, randomUUID } from 'node:crypto';
import autocannon from 'autocannon';
import { quantile } from '../figures.ts';
import { signedWebhook } from '../stripe-webhook.ts';

export interface ClosedLoop {
  url: string;
  connections: number;
  seconds: number;
  warmUpSeconds: number;
  requests: Requests;
  /** What every answer has to be, to the byte. */
  expectBody?: string;
}

export type Requests =
  /** Each connection sends its own random picks of them, over and over. */
  | { kind: 'any-of'; requests: PlainRequest[] }
  /** Signed before the first is sent, each for an order of its own. */
  | { kind: 'webhooks'; path: string; secret: string; perConnection: number };

export interface PlainRequest {
  method: 'GET' | 'POST';
  path: string;
  headers?: Record<string, string>;
  body?: string;
}

export interface ClosedLoopResult {
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
}

const PICKS = 500;

/**
 * Warms up, then measures.
 * @throws when an answer was not 2xx or not the expected one, or a connection broke: such a figure means nothing
 */
export async function runClosedLoop(plan: ClosedLoop): Promise<ClosedLoopResult> {
  const { url, connections, seconds, warmUpSeconds, expectBody } = plan;
  const prepared = Array.from({ length: connections }, () => prepare(plan.requests));
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

function prepare(requests: Requests): autocannon.Request[] {
  switch (requests.kind) {
    case 'any-of': {
      const all = requests.requests;
      return Array.from({ length: PICKS }, () => ({ ...all[randomInt(all.length)] }));
    }
    case 'webhooks': {
      const { path, secret, perConnection } = requests;
      return Array.from({ length: perConnection }, () => {
        return { method: 'POST' as const, path, ...signedWebhook(secret, { orderId: randomUUID(), amount: 2500 }) };
      });
    }
  }
}

/** The emitter; awaiting it gives the result, which its types leave out. */
function start(options: autocannon.Options): autocannon.Instance & PromiseLike<autocannon.Result> {
  return autocannon(options) as unknown as autocannon.Instance & PromiseLike<autocannon.Result>;
}
