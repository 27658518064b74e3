import type { OrdersDatabase } from '@ticketing/order-core/database';
import { beginEffect, finishEffect, retryEffect, type HandedEffect } from '@ticketing/order-core/outbox';
import type { Settled } from '@ticketing/order-core/settlement';
import type { Logger } from '@ticketing/service-kit/log';
import { inTrace } from '@ticketing/service-kit/trace';
import type { PaymentOutcome } from '@ticketing/types/payment-outcome';
import { carryOut, isPermanent, type EffectOptions } from './effects.ts';

export interface JobOptions extends EffectOptions {
  db: OrdersDatabase;
  settle: (outcome: PaymentOutcome) => Promise<Settled>;
  log: Logger;
}

/** What became of a job. */
export type JobResult =
  | { kind: 'done' }
  /** Another process has begun it, or it is done or parked already. */
  | { kind: 'skipped' }
  | { kind: 'later' | 'parked'; reason: string };

/**
 * Runs one effect of the outbox: the same function wherever jobs run. Of those who run it at once, one begins it. When
 * the process dies in between, the effect is handed out again after a minute.
 */
export async function runJob(options: JobOptions, handed: HandedEffect): Promise<JobResult> {
  const { db, log, settle } = options;
  const begun = await beginEffect(db.pool, handed);
  if (!begun) return { kind: 'skipped' };
  try {
    await inTrace(begun.traceparent, `job ${handed.kind}`, { 'ticketing.order_id': begun.effect.orderId }, async () => {
      const outcome = await carryOut(options, db.pool, begun);
      if (outcome) await settle(outcome);
      await finishEffect(db.pool, begun.id);
    });
    return { kind: 'done' };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const next = await retryEffect(db.pool, begun, { error: reason, isPermanent: isPermanent(error) });
    if (next === 'overtaken') return { kind: 'skipped' };
    const context = { job: begun.id, kind: handed.kind, orderId: begun.effect.orderId, attempt: begun.attempt, reason };
    if (next === 'parked') log.error(context, 'gave up on a job; it is parked: see `pnpm jobs list`');
    else log.warn(context, 'a job failed and will be tried again');
    return { kind: next, reason };
  }
}
