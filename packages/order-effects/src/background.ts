import { endCancelledEvents } from '@ticketing/order-core/event-cancellation';
import { askAboutPayments, RELEASE_BATCH, releaseExpired, type ReleaseCursor } from '@ticketing/order-core/release';
import type { Logger } from '@ticketing/service-kit/log';
import type pg from 'pg';
import type { JobOptions } from './job.ts';
import { handOut, LANES, runInProcess, type JobRunner, type Lane } from './lanes.ts';
import { reconcile } from './reconcile.ts';
import { startRounds, type Rounds } from '@ticketing/service-kit/rounds';
import { startSync, type SyncTimes } from './sync/background.ts';

/** A hold that is over is released at most this much later, whatever else is away. */
const SWEEP_MS = 1_000;
const HAND_OUT_MS = 1_000;
const RECONCILE_MS = 1_000;
/** Stripe is asked about payments that nothing was heard of for this long; and this many at a time. */
const RECONCILE_AFTER_SECONDS = 120;
const RECONCILE_PER_ROUND = 5;

/**
 * Releases holds that are over, and ends the orders of cancelled events, neither waiting for the other; and asks for what
 * must happen at Stripe. It needs nothing but the database, and every process may run one.
 */
export function startSweep({ db, log }: Pick<JobOptions, 'db' | 'log'>, everyMs = SWEEP_MS): Pick<Rounds, 'close'> {
  const holds = startRounds({ work: () => endHolds(db.pool, log), everyMs, name: 'end holds', log });
  const cancelled = startRounds({ work: () => endOrders(db.pool, log), everyMs, name: 'end cancelled events', log });
  return {
    close: async () => {
      await Promise.all([holds.close(), cancelled.close()]);
    },
  };
}

/** Ends holds that are over; returns whether there is more to do. One that cannot be ended keeps no other from it. */
export async function endHolds(pool: pg.Pool, log: Logger): Promise<boolean> {
  let next: ReleaseCursor | undefined;
  do {
    const page = await releaseExpired(pool, next);
    for (const { orderId, error } of page.failed) log.error({ err: error, orderId }, 'a hold cannot be ended');
    next = page.next;
  } while (next);
  return (await askAboutPayments(pool)) === RELEASE_BATCH;
}

async function endOrders(pool: pg.Pool, log: Logger): Promise<boolean> {
  const { isMore, failed } = await endCancelledEvents(pool);
  for (const { error, ...what } of failed)
    log.error({ err: error, ...what }, 'an order of a cancelled event cannot be ended');
  return isMore;
}

/**
 * Hands the jobs of the outbox to a runner, lane by lane, every second and whenever it is poked; asks Stripe about what
 * nothing was heard of; and goes through what Stripe has. Every process may run one.
 */
export function startJobs(
  options: JobOptions,
  runners: Partial<Record<Lane, JobRunner>> = {},
  syncTimes: Partial<SyncTimes> = {},
): Rounds {
  const { db, log } = options;
  const inProcess = runInProcess(options);
  const lanes = (Object.keys(LANES) as Lane[]).map((lane) =>
    startRounds({
      work: (signal) => handOut(db.pool, lane, runners[lane] ?? inProcess, signal),
      everyMs: HAND_OUT_MS,
      name: `jobs: ${lane}`,
      log,
    }),
  );
  const reconciling = startRounds({
    work: async () => {
      await reconcile({ ...options, olderThanSeconds: RECONCILE_AFTER_SECONDS, limit: RECONCILE_PER_ROUND });
      return false;
    },
    everyMs: RECONCILE_MS,
    name: 'reconcile',
    log,
  });
  const sync = startSync(options, syncTimes);
  return {
    poke: () => {
      for (const lane of lanes) lane.poke();
    },
    close: async () => {
      await Promise.all([...lanes, reconciling, sync].map(({ close }) => close()));
    },
  };
}
