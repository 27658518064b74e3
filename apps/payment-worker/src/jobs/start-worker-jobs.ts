import { startJobs, startSweep } from '@ticketing/order-effects/background';
import type { JobOptions } from '@ticketing/order-effects/job';
import { LANES, runInProcess, type JobRunner, type Lane } from '@ticketing/order-effects/lanes';
import { createClosing } from '@ticketing/service-kit/closing';
import type { Queue } from 'bullmq';
import { startHoldExpiry } from './hold-expiry.ts';
import { openJobQueue } from './job-queue.ts';
import { openQueueRedis } from './queue-redis.ts';

export interface WorkerJobs {
  /** For the dashboard; none without a Redis for them. */
  queues: Queue[];
  /** Lets the jobs under way finish. */
  close: () => Promise<void>;
}

/** With a queue that ends holds on time, the sweep is only the guarantee. */
const SWEEP_BESIDE_QUEUE_MS = 5_000;

/** Starts the background jobs: through BullMQ if there is a Redis for it, else in this process. */
export function startWorkerJobs(options: JobOptions, redisUrl: string | undefined, prefix: string): WorkerJobs {
  const closing = createClosing();
  if (redisUrl === undefined) {
    closing.add(startJobs(options).close);
    closing.add(startSweep(options).close);
    return { queues: [], close: closing.close };
  }
  const redis = openQueueRedis(redisUrl, options.log);
  closing.add(redis.close);
  const fallback = runInProcess(options);
  const lanes = (Object.keys(LANES) as Lane[]).map((lane) => ({
    lane,
    ...openJobQueue(lane, { ...options, redis, prefix, fallback }),
  }));
  closing.add(() => Promise.all(lanes.map(({ close }) => close())));
  const runners: Partial<Record<Lane, JobRunner>> = Object.fromEntries(lanes.map(({ lane, runner }) => [lane, runner]));
  const jobs = startJobs(options, runners);
  closing.add(jobs.close);
  const holds = startHoldExpiry({ pool: options.db.pool, redis, prefix, onEnded: jobs.poke, log: options.log });
  closing.add(holds.close);
  closing.add(startSweep(options, SWEEP_BESIDE_QUEUE_MS).close);
  return { queues: [...lanes.map(({ queue }) => queue), holds.queue], close: closing.close };
}
