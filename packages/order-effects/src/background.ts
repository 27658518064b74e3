import { setTimeout as wait } from 'node:timers/promises';
import type { OrdersDatabase } from '@ticketing/order-core/database';
import { endCancelledEvents } from '@ticketing/order-core/event-cancellation';
import { claimEffects, finishEffect, retryEffect, type DueEffect } from '@ticketing/order-core/outbox';
import { askAboutPayments, RELEASE_BATCH, releaseExpired } from '@ticketing/order-core/release';
import type { Settled } from '@ticketing/order-core/settlement';
import type { Logger } from '@ticketing/service-kit/log';
import type { PaymentOutcome } from '@ticketing/types/payment-outcome';
import { carryOut, type EffectOptions } from './effects.ts';
import { reconcile } from './reconcile.ts';

export interface BackgroundOptions extends EffectOptions {
  db: OrdersDatabase;
  settle: (outcome: PaymentOutcome) => Promise<Settled>;
  log: Logger;
}

export interface Background {
  /** Something may be due now; without it, the next round finds it. */
  poke: () => void;
  close: () => Promise<void>;
}

/** A hold that is over is released at most this much later. */
const ROUND_MS = 1_000;
/** Effects of one round, and how many of them at once. */
const EFFECTS_PER_ROUND = 100;
const EFFECTS_AT_ONCE = 8;
/** Stripe is asked about payments that nothing was heard of for this long; and this many at a time. */
const RECONCILE_AFTER_SECONDS = 120;
const RECONCILE_PER_ROUND = 5;

/**
 * Releases holds that are over, ends the orders of cancelled events, and carries out the effects that transactions left
 * in the outbox: one round every second, and whenever it is poked. Every process may run one.
 */
export function startBackground(options: BackgroundOptions): Background {
  const { log } = options;
  const closing = new AbortController();
  let wake = new AbortController();
  const done = loop();
  return {
    poke: () => wake.abort(),
    close: async () => {
      closing.abort();
      await done;
    },
  };

  async function loop(): Promise<void> {
    while (!closing.signal.aborted) {
      wake = new AbortController();
      const isMore = await runRound(options).catch((error: unknown) => {
        log.warn({ err: error }, 'background work put off');
        return false;
      });
      // A poke during the round has aborted the signal: the wait is over before it begins.
      const signal = AbortSignal.any([wake.signal, closing.signal]);
      if (!isMore) await wait(ROUND_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}

/** Does what is due, in bounded parts; returns whether there is more. */
async function runRound(options: BackgroundOptions): Promise<boolean> {
  const { pool } = options.db;
  const released = await releaseExpired(pool);
  const asked = await askAboutPayments(pool);
  const isMoreToCancel = await endCancelledEvents(pool);
  await reconcile({ ...options, olderThanSeconds: RECONCILE_AFTER_SECONDS, limit: RECONCILE_PER_ROUND });
  const effects = await claimEffects(pool, EFFECTS_PER_ROUND);
  const queue = effects.values();
  // All workers draw from one iterator, so each effect is run once.
  await Promise.all(
    Array.from({ length: EFFECTS_AT_ONCE }, async () => {
      for (const effect of queue) await runEffect(options, effect);
    }),
  );
  return isMoreToCancel || [released, asked].includes(RELEASE_BATCH) || effects.length === EFFECTS_PER_ROUND;
}

async function runEffect(options: BackgroundOptions, due: DueEffect): Promise<void> {
  const { db, log, settle } = options;
  try {
    const outcome = await carryOut(options, due.effect, due.attempt);
    if (outcome) await settle(outcome);
    await finishEffect(db.pool, due.id);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const next = await retryEffect(db.pool, due, message);
    const { kind, orderId } = due.effect;
    const context = { kind, orderId, attempt: due.attempt, reason: message };
    if (next === 'parked') log.error(context, 'gave up on an effect; it is parked for a person to look at');
    else log.warn(context, 'an effect failed and will be tried again');
  }
}
