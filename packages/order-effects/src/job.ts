import type { OrdersDatabase } from '@ticketing/order-core/database';
import {
  beginEffect,
  finishEffect,
  retryEffect,
  type EffectFault,
  type HandedEffect,
} from '@ticketing/order-core/outbox';
import type { Logger } from '@ticketing/service-kit/log';
import { errorText } from '@ticketing/service-kit/log-error';
import { inTrace } from '@ticketing/service-kit/trace';
import type { PaymentOutcome } from '@ticketing/types/payment-outcome';
import { carryOut, faultOf, type EffectOptions } from './effects.ts';
import type { Settled } from '@ticketing/order-core/settling';

export interface JobOptions extends EffectOptions {
  db: OrdersDatabase;
  settle: (outcome: PaymentOutcome) => Promise<Settled>;
  /** Told of each payment or refund that was settled by asking, since its webhook did not come. */
  onSettledByAsking?: () => void;
  log: Logger;
}

/** What became of a job. */
export type JobResult =
  | { kind: 'done' }
  /** Another process has begun it, or it is done or parked already. */
  | { kind: 'skipped' }
  | { kind: 'later' | 'parked'; reason: string; fault: EffectFault };

/**
 * Runs one effect of the outbox: the same function wherever jobs run. Of those who run it at once, one begins it. When
 * the process dies in between, the effect is handed out again after a minute.
 */
export async function runJob(options: JobOptions, handed: HandedEffect): Promise<JobResult> {
  const { db, log } = options;
  const begun = await beginEffect(db.pool, handed);
  if (!begun) return { kind: 'skipped' };
  try {
    await inTrace(begun.traceparent, `job ${handed.kind}`, { 'ticketing.order_id': begun.effect.orderId }, async () => {
      await carryOut(options, db.pool, begun);
      await finishEffect(db.pool, begun.id);
    });
    return { kind: 'done' };
  } catch (error) {
    const reason = errorText(error);
    const fault = faultOf(error);
    const next = await retryEffect(db.pool, begun, { error: reason, fault });
    if (next === 'overtaken') return { kind: 'skipped' };
    const { id: job, attempt, effect } = begun;
    const context = { job, kind: handed.kind, orderId: effect.orderId, attempt, fault, reason };
    if (next === 'parked') log.error(context, 'gave up on a job; it is parked: see `npm run jobs -- list`');
    else if (fault === 'waiting') log.info(context, 'a job waits for something else to come to its end');
    else log.warn(context, 'a job failed and will be tried again');
    return { kind: next, reason, fault };
  }
}
