import { apiVariables, commonVariables } from '@ticketing/service-kit/config';
import { redisUrl } from '@ticketing/service-kit/redis';
import { z } from 'zod';

/** The service's settings, from the environment. */
export const Config = z.object({
  ...commonVariables(3001),
  ...apiVariables(),
  REDIS_URL: redisUrl.optional().describe('Cache for reads; unset: none. The same for all replicas'),
  EVENTS_CACHE_TTL_SECONDS: z.coerce.number('must be a number').int().min(1).max(3_600).default(60),
  EVENTS_CACHE_TIMEOUT_MS: z.coerce
    .number('must be a number')
    .int()
    .min(5)
    .max(5_000)
    .default(100)
    .describe('How long a read waits for Redis before Postgres answers it'),
});
export type Config = z.infer<typeof Config>;
