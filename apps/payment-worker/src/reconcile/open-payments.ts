import { reconcile } from '@ticketing/order-effects/reconcile';
import type { SyncOptions } from '@ticketing/order-effects/sync/walk';
import { withoutSecrets } from '@ticketing/service-kit/log-error';
import { pino, type Logger } from 'pino';
import type { ReconcileArguments } from './arguments.ts';
import type { Settled } from '@ticketing/order-core/settling';

/** What asking about open payments came to. */
export interface OpenPayments {
  asked: number;
  settled: Settled[];
  failed: Failure[];
  isLimitReached: boolean;
}

interface Failure {
  orderId: string;
  intentId: string;
  reason: string;
}

/** Claimed at a time: what is claimed when the command is interrupted is asked about by others only later. */
const PAGE = 20;

/** Asks Stripe about the payments and refunds that nothing was heard of. */
export async function askAboutOpen(
  access: SyncOptions,
  { limit, olderThanSeconds }: ReconcileArguments,
): Promise<OpenPayments> {
  const failed: Failure[] = [];
  const log = failuresInto(failed);
  const startedAt = performance.now();
  const total: OpenPayments = { asked: 0, settled: [], failed, isLimitReached: true };
  for (let left = limit; left > 0; left -= PAGE) {
    const found = await reconcile({
      ...{ ...access, log, limit: Math.min(left, PAGE) },
      // As of the start, so that nothing is asked about twice in one run.
      olderThanSeconds: olderThanSeconds + (performance.now() - startedAt) / 1000,
    });
    total.asked += found.asked;
    total.settled.push(...found.settled);
    if (found.asked === 0) return { ...total, isLimitReached: false };
  }
  return total;
}

/** What cannot be asked about is told to the log only. */
function failuresInto(failures: Failure[]): Logger {
  const write = (line: string) => {
    const { orderId, intentId, err } = JSON.parse(line) as { orderId: string; intentId: string; err: Error };
    failures.push({ orderId, intentId, reason: withoutSecrets(err.message) });
  };
  return pino({ level: 'warn' }, { write });
}
