import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { runCaptured } from '../../run/program.ts';
import { inRoot } from '../../run/repository.ts';
import type { History } from '../history.ts';

/** Whoever runs the shop, at a terminal. */
export interface Operator {
  /** Lists money that waits for a person, and has Stripe asked again for all of it. */
  lookAfterRefunds: () => Promise<void>;
  /** Does so now and then until the shift ends. */
  startShift: () => { end: () => Promise<void> };
}

const Stuck = z.array(z.object({ id: z.string(), orderId: z.string(), intentId: z.string(), amountMinor: z.int() }));

const LOOK_EVERY_MS = 4_000;
const CLI = inRoot('apps', 'payment-worker', 'dist', 'refunds-cli.js');

/** Works with the built command `refunds`, as `npm run refunds` does; `databaseUrl` is that of the worker's role. */
export function createOperator(databaseUrl: string, history: History): Operator {
  const refunds = (...args: string[]) =>
    runCaptured(process.execPath, [CLI, ...args, '--json'], {
      env: { PATH: process.env.PATH, NODE_ENV: 'production', DATABASE_URL: databaseUrl },
    });
  const lookAfterRefunds = async () => {
    const listed = await refunds('list');
    // While the database is away there is nothing to be seen.
    if (listed.status !== 0) return;
    const stuck = Stuck.parse(JSON.parse(listed.out));
    const at = Date.now();
    const { status } = await refunds('retry', ...stuck.map(({ id }) => id), '--by', 'operator');
    for (const { id: refundId, amountMinor: amount, ...about } of stuck) {
      const part = { who: 'operator', deed: 'retry-refund', refundId, amount, ...about } as const;
      history.tell({ at, tookMs: Date.now() - at, status, ...part });
    }
  };
  return {
    lookAfterRefunds,
    startShift: () => {
      const closing = new AbortController();
      const work = async () => {
        while (!closing.signal.aborted) {
          await wait(LOOK_EVERY_MS, undefined, { signal: closing.signal }).catch(() => undefined);
          await lookAfterRefunds();
        }
      };
      const done = work();
      return {
        end: async () => {
          closing.abort();
          await done;
        },
      };
    },
  };
}
