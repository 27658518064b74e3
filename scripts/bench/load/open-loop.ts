import { setTimeout as wait } from 'node:timers/promises';
import { Pool } from 'undici';
import { idOf } from '../ids.ts';
import { signedWebhook, type SignedWebhook } from '../stripe-webhook.ts';

/** Webhooks for a run of orders, at a steady rate. */
export interface OpenLoop {
  url: string;
  path: string;
  secret: string;
  connections: number;
  perSecond: number;
  /** Their numbers. */
  orders: { first: number; count: number };
  amount: number;
}

export interface OpenLoopResult {
  /** When the first was due, in ms since 1970; each of the others was due one interval after the one before it. */
  startedAtMs: number;
  intervalMs: number;
}

const TICK_MS = 1;

/**
 * Sends each when it is due, whatever became of those before it. A sender that falls behind delays nobody's due time, so that
 * the delay counts (https://www.scylladb.com/2021/04/22/on-coordinated-omission/).
 * @throws when one was not answered with 200
 */
export async function runOpenLoop(plan: OpenLoop): Promise<OpenLoopResult> {
  const { url, path, connections, perSecond, orders } = plan;
  const webhooks = Array.from({ length: orders.count }, (_, index) =>
    signedWebhook(plan.secret, { orderId: idOf('order', orders.first + index), amount: plan.amount }),
  );
  const pool = new Pool(url, { connections });
  const post = async ({ body, headers }: SignedWebhook) => {
    const answer = await pool.request({ method: 'POST', path, body, headers });
    const text = await answer.body.text();
    if (answer.statusCode !== 200) throw new Error(`${url} answered ${answer.statusCode}: ${text}`);
  };
  const intervalMs = 1000 / perSecond;
  const start = performance.now();
  const answers: Promise<void>[] = [];
  for (const webhook of webhooks) {
    while (performance.now() < start + answers.length * intervalMs) await wait(TICK_MS);
    const answer = post(webhook);
    // Heard of below.
    answer.catch(() => undefined);
    answers.push(answer);
  }
  await Promise.all(answers);
  await pool.close();
  return { startedAtMs: performance.timeOrigin + start, intervalMs };
}
