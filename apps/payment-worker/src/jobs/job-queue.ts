import type { HandedEffect } from '@ticketing/order-core/outbox';
import { runJob, type JobOptions } from '@ticketing/order-effects/job';
import { JOBS_AT_ONCE, type JobRunner, type Lane } from '@ticketing/order-effects/lanes';
import { Queue, UnrecoverableError, Worker } from 'bullmq';
import { closeQueue } from './close-queue.ts';
import type { QueueRedis } from './queue-redis.ts';

export interface JobQueue {
  queue: Queue;
  runner: JobRunner;
  close: () => Promise<void>;
}

/**
 * Jobs in Redis at most, over all workers: no more than run within the minute for which they are handed out, also at
 * Stripe's pace.
 */
const MAX_QUEUED = 200;
/** Kept for the dashboard. */
const KEPT = { completed: 200, failed: 1_000 };

/**
 * A lane's queue in Redis: jobs that any worker hands out are run by whichever worker has a hand free. What it knows can
 * be lost at any time; which jobs there are, how often they were tried and when they are due again is in the outbox.
 * While Redis is away, `fallback` runs the jobs.
 */
export function openJobQueue(
  lane: Lane,
  { redis, prefix, fallback, ...options }: JobOptions & { redis: QueueRedis; prefix: string; fallback: JobRunner },
): JobQueue {
  const { log } = options;
  const name = `jobs-${lane}`;
  const queue = new Queue<HandedEffect>(name, {
    connection: redis.client,
    prefix,
    defaultJobOptions: {
      // The outbox says when the next attempt is due.
      attempts: 1,
      removeOnComplete: { count: KEPT.completed },
      removeOnFail: { count: KEPT.failed },
    },
  });
  const underWay = new Set<Promise<string>>();
  const worker = new Worker<HandedEffect>(
    name,
    ({ data }) => {
      const running = run(options, data).finally(() => underWay.delete(running));
      underWay.add(running);
      return running;
    },
    { connection: redis.waiting, prefix, concurrency: JOBS_AT_ONCE },
  );
  // The Redis client has told already, and failed jobs are logged where they fail.
  queue.on('error', () => undefined);
  worker.on('error', (error) => log.debug({ err: error, queue: name }, 'the queue has trouble'));
  const runner: JobRunner = {
    room: async () => {
      if (!redis.isReady()) return fallback.room();
      const queued = await queue.getJobCountByTypes('waiting', 'active').catch(() => undefined);
      return queued === undefined ? fallback.room() : MAX_QUEUED - queued;
    },
    take: async (jobs, signal) => {
      try {
        if (!redis.isReady()) throw new Error('Redis is away');
        await queue.addBulk(jobs.map((job) => ({ name: job.kind, data: job })));
      } catch {
        // Some may be in the queue all the same: whoever begins a job first runs it.
        await fallback.take(jobs, signal);
      }
    },
  };
  return {
    queue,
    runner,
    close: () => closeQueue({ worker, queue, redis }, underWay),
  };
}

/** A failure is told to the queue, so that its dashboard shows it. */
async function run(options: JobOptions, job: HandedEffect): Promise<string> {
  const result = await runJob(options, job);
  if (result.kind === 'later' || result.kind === 'parked') throw new UnrecoverableError(result.reason);
  return result.kind;
}
