import { setTimeout as wait } from 'node:timers/promises';
import { Pool } from 'undici';
import { delaysOf, quantile } from '../figures.ts';
import { prepareRequests, type PlainRequest, type Requests } from './requests.ts';

/** Requests at a steady rate. */
export interface OpenLoop {
  url: string;
  connections: number;
  perSecond: number;
  count: number;
  /**
   * How many of the first do not count: they wait for connections to open, and for the sender's own code to be compiled.
   * None, when not given.
   */
  warmUpCount?: number;
  requests: Requests;
}

export interface OpenLoopResult {
  /** When the first was due, in ms since 1970; each of the others was due one interval after the one before it. */
  startedAtMs: number;
  intervalMs: number;
  /** From when each request was due to the end of its answer. */
  p50Ms: number;
  p99Ms: number;
  p999Ms: number;
  maxMs: number;
  /** From when each request was due until it was handed to a connection, or to the queue for one: the sender's own part. */
  lateP99Ms: number;
}

const TICK_MS = 1;

/**
 * Sends each when it is due, whatever became of those before it. A sender that falls behind delays nobody's due time, so that
 * the delay counts (https://www.scylladb.com/2021/04/22/on-coordinated-omission/).
 * @throws when one was not answered with 2xx
 */
export async function runOpenLoop(plan: OpenLoop): Promise<OpenLoopResult> {
  const { url, connections, perSecond, count, warmUpCount = 0 } = plan;
  const requests = prepareRequests(plan.requests, count);
  const pool = new Pool(url, { connections });
  const intervalMs = 1000 / perSecond;
  const delaysMs = new Array<number>(count);
  const lateMs = new Array<number>(count);
  const start = performance.now();
  const answers: Promise<void>[] = [];
  for (const [index, request] of requests.entries()) {
    const dueAt = start + index * intervalMs;
    while (performance.now() < dueAt) await wait(TICK_MS);
    lateMs[index] = performance.now() - dueAt;
    const answer = send(pool, request).then(() => {
      delaysMs[index] = performance.now() - dueAt;
    });
    // Heard of below.
    answer.catch(() => undefined);
    answers.push(answer);
  }
  await Promise.all(answers);
  await pool.close();
  return {
    ...{ startedAtMs: performance.timeOrigin + start, intervalMs },
    ...delaysOf(delaysMs.slice(warmUpCount)),
    lateP99Ms: quantile(lateMs.slice(warmUpCount), 0.99),
  };
}

/** Below `pool.request`, which makes a stream of each body: the sender shares the processor with what it measures. */
function send(pool: Pool, { method, path, headers = {}, body }: PlainRequest): Promise<void> {
  return new Promise((resolve, reject) => {
    let status = 0;
    const chunks: Buffer[] = [];
    pool.dispatch(
      { method, path, headers, body: body ?? null },
      {
        onRequestStart: () => undefined,
        onResponseStart: (_controller, statusCode) => (status = statusCode),
        onResponseData: (_controller, chunk) => {
          if (status >= 300) chunks.push(chunk);
        },
        onResponseEnd: () => {
          if (status >= 200 && status < 300) resolve();
          else reject(new Error(`${method} ${path} was answered ${status}: ${Buffer.concat(chunks).toString()}`));
        },
        onResponseError: (_controller, error) => reject(error),
      },
    );
  });
}
