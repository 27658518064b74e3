import { upcomingExpiries } from '@ticketing/order-core/release';
import { endHolds } from '@ticketing/order-effects/background';
import { startRounds } from '@ticketing/service-kit/rounds';
import type { Logger } from '@ticketing/service-kit/log';
import { Queue, Worker } from 'bullmq';
import type pg from 'pg';
import { closeQueue } from './close-queue.ts';
import type { QueueRedis } from './queue-redis.ts';

export interface HoldExpiryOptions {
  pool: pg.Pool;
  redis: QueueRedis;
  prefix: string;
  /** Payments may have to be cancelled now. */
  onEnded: () => void;
  log: Logger;
}

/** How far ahead the ends of holds are planned, and how often: each end is planned several times over. */
const AHEAD_SECONDS = 10;
const PLAN_MS = 3_000;
/** Many ends in one batch rather than a batch for each: this much later at most. */
const GRAIN_MS = 250;

/**
 * Ends holds on time: a delayed job for each quarter of a second in which some end. What Redis loses, the sweep ends.
 */
export function startHoldExpiry({ pool, redis, prefix, onEnded, log }: HoldExpiryOptions) {
  const queue = new Queue('holds', { connection: redis.client, prefix });
  const worker = new Worker(
    'holds',
    async () => {
      while (await endHolds(pool, log));
      onEnded();
    },
    { connection: redis.waiting, prefix, concurrency: 1 },
  );
  queue.on('error', () => undefined);
  worker.on('error', (error) => log.debug({ err: error }, 'the queue of hold ends has trouble'));
  const planning = startRounds({
    work: async () => {
      if (!redis.isReady()) return false;
      const ends = await upcomingExpiries(pool, AHEAD_SECONDS, GRAIN_MS);
      // The same job planned by several workers, or again, is one job. Gone when it has run, so it can be planned again.
      const jobs = ends.map(({ endsAtMs, inMs }) => ({
        name: 'end-holds',
        data: {},
        opts: { jobId: `end-${endsAtMs}`, delay: Math.ceil(inMs) + 1, removeOnComplete: true, removeOnFail: true },
      }));
      if (jobs.length > 0) await queue.addBulk(jobs).catch(() => undefined);
      return false;
    },
    everyMs: PLAN_MS,
    name: 'plan ends of holds',
    log,
  });
  redis.client.on('ready', planning.poke);
  return {
    queue,
    close: async () => {
      await planning.close();
      await closeQueue({ worker, queue, redis }, []);
    },
  };
}
