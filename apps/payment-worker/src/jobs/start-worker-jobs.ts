import { startJobs, startSweep } from '@ticketing/order-effects/background';
import type { JobOptions } from '@ticketing/order-effects/job';
import { runInProcess } from '@ticketing/order-effects/lanes';
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
  const stripe = openJobQueue('stripe', { ...options, redis, prefix, fallback });
  const mail = openJobQueue('mail', { ...options, redis, prefix, fallback });
  closing.add(() => Promise.all([stripe.close(), mail.close()]));
  const jobs = startJobs(options, { stripe: stripe.runner, mail: mail.runner });
  closing.add(jobs.close);
  const holds = startHoldExpiry({ pool: options.db.pool, redis, prefix, onEnded: jobs.poke, log: options.log });
  closing.add(holds.close);
  closing.add(startSweep(options, SWEEP_BESIDE_QUEUE_MS).close);
  return { queues: [stripe.queue, mail.queue, holds.queue], close: closing.close };
}
