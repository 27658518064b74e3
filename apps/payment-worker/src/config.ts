import { mailVariables, needMailFrom } from '@ticketing/mail/config';
import { stripeVariables } from '@ticketing/order-effects/config';
import { commonVariables } from '@ticketing/service-kit/config';
import { brokers, choice, redisUrl, wholeNumber } from '@ticketing/service-kit/variable';
import { z } from 'zod';

/** What payment-worker reads from its environment. */
export const WorkerConfig = needMailFrom(
  z.object({
    ...commonVariables(3003),
    ...stripeVariables(),
    ...mailVariables(),
    KAFKA_BROKERS: brokers,
    /** Of each topic: the most workers that can share it. */
    KAFKA_PARTITIONS: wholeNumber(1, 1_000).prefault('6'),
    /** Copies of each message; unset: the broker's own default. */
    KAFKA_REPLICATION_FACTOR: wholeNumber(1, 9).optional(),
    PAYMENT_MAX_RETRIES: wholeNumber(0, 20).prefault('3'),
    /** The cache's Redis: carries the jobs too unless QUEUE_REDIS_URL names another one. */
    REDIS_URL: redisUrl.optional(),
    /** Must be `noeviction`. Neither: jobs run in this process. */
    QUEUE_REDIS_URL: redisUrl.optional(),
    /** A page about the jobs at /jobs of the metrics port, for whoever reaches it. */
    JOBS_DASHBOARD: choice('on', 'off').prefault('off'),
    PAYMENT_RETRY_BASE_MS: wholeNumber(1, 60_000).prefault('500'),
  }),
);
export type WorkerConfig = z.infer<typeof WorkerConfig>;
