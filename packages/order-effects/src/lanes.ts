import { giveBackEffects, handOutEffects, type EffectKind, type HandedEffect } from '@ticketing/order-core/outbox';
import type pg from 'pg';
import { runJob, type JobOptions } from './job.ts';

/**
 * Jobs of one lane wait for each other, and never for those of another: thousands of refunds of a cancelled event keep no
 * other event's seats from being free.
 */
export const LANES = {
  refund: ['refund', 'read-refunds'],
  cancellation: ['cancel-payment'],
  mail: ['mail'],
} as const satisfies Record<string, EffectKind[]>;
export type Lane = keyof typeof LANES;

/** Who runs the jobs of a lane that are handed out. */
export interface JobRunner {
  /** How many more it takes now. */
  room: () => Promise<number>;
  /** Takes jobs, at most as many as there is room for; those it has not begun when `signal` is aborted it gives back. */
  take: (jobs: HandedEffect[], signal: AbortSignal) => Promise<void>;
}

/** Handed out at a time, by a lane that runs its jobs itself, and how many of them at once. */
const JOBS_PER_ROUND = 100;
export const JOBS_AT_ONCE = 8;

/** Runs jobs in this process. */
export function runInProcess(options: JobOptions): JobRunner {
  return {
    room: () => Promise.resolve(JOBS_PER_ROUND),
    take: async (jobs, signal) => {
      const waiting = [...jobs];
      await Promise.all(
        Array.from({ length: JOBS_AT_ONCE }, async () => {
          for (let job = waiting.shift(); job; job = waiting.shift()) {
            await runJob(options, job);
            if (signal.aborted) await giveBackEffects(options.db.pool, waiting.splice(0));
          }
        }),
      );
    },
  };
}

/** Hands out what is due in a lane; returns whether there may be more. */
export async function handOut(pool: pg.Pool, lane: Lane, runner: JobRunner, signal: AbortSignal): Promise<boolean> {
  const room = await runner.room();
  if (room <= 0) return false;
  const jobs = await handOutEffects(pool, [...LANES[lane]], room);
  if (jobs.length > 0) await runner.take(jobs, signal);
  return jobs.length === room;
}
