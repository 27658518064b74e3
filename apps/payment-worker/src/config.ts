import { stripeVariables } from '@ticketing/order-effects/config';
import { commonVariables, list } from '@ticketing/service-kit/config';
import { z } from 'zod';

/** What payment-worker reads from its environment. */
export const WorkerConfig = z.object({
  ...commonVariables(3003),
  ...stripeVariables(),
  KAFKA_BROKERS: list.refine((brokers) => brokers.length > 0, 'must list brokers: host:port,host:port'),
  /** Of each topic: the most workers that can share it. */
  KAFKA_PARTITIONS: z.coerce.number('must be a number').int().min(1).max(1_000).default(6),
  /** Copies of each message; unset: the broker's own default. */
  KAFKA_REPLICATION_FACTOR: z.coerce.number('must be a number').int().min(1).max(9).optional(),
  PAYMENT_MAX_RETRIES: z.coerce.number('must be a number').int().min(0).max(20).default(3),
  PAYMENT_RETRY_BASE_MS: z.coerce.number('must be a number').int().min(1).max(60_000).default(500),
});
export type WorkerConfig = z.infer<typeof WorkerConfig>;
