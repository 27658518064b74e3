import { mailVariables, needMailFrom } from '@ticketing/mail/config';
import { stripeVariables } from '@ticketing/order-effects/config';
import { commonVariables, list } from '@ticketing/service-kit/config';
import { redisUrl } from '@ticketing/service-kit/redis';
import { z } from 'zod';

/** What payment-worker reads from its environment. */
export const WorkerConfig = needMailFrom(
  z.object({
    ...commonVariables(3003),
    ...stripeVariables(),
    ...mailVariables(),
    KAFKA_BROKERS: list.refine((brokers) => brokers.length > 0, 'must list brokers: host:port,host:port'),
    /** Of each topic: the most workers that can share it. */
    KAFKA_PARTITIONS: z.coerce.number('must be a number').int().min(1).max(1_000).default(6),
    /** Copies of each message; unset: the broker's own default. */
    KAFKA_REPLICATION_FACTOR: z.coerce.number('must be a number').int().min(1).max(9).optional(),
    PAYMENT_MAX_RETRIES: z.coerce.number('must be a number').int().min(0).max(20).default(3),
    /** The cache's Redis: carries the jobs too unless QUEUE_REDIS_URL names another one. */
    REDIS_URL: redisUrl.optional(),
    /** Must be `noeviction`. Neither: jobs run in this process. */
    QUEUE_REDIS_URL: redisUrl.optional(),
    /** A page about the jobs at /jobs of the metrics port, for whoever reaches it. */
    JOBS_DASHBOARD: z.enum(['on', 'off']).default('off'),
    PAYMENT_RETRY_BASE_MS: z.coerce.number('must be a number').int().min(1).max(60_000).default(500),
  }),
);
export type WorkerConfig = z.infer<typeof WorkerConfig>;
