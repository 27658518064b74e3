import { apiVariables, commonVariables } from '@ticketing/service-kit/config';
import { redisUrl, wholeNumber } from '@ticketing/service-kit/variable';
import { z } from 'zod';

/** The service's settings, from the environment. */
export const Config = z.object({
  ...commonVariables(3001),
  ...apiVariables(),
  REDIS_URL: redisUrl.optional().describe('Cache for reads; unset: none. The same for all replicas'),
  EVENTS_CACHE_TTL_SECONDS: wholeNumber(1, 3_600).prefault('60'),
  EVENTS_CACHE_TIMEOUT_MS: wholeNumber(5, 5_000)
    .prefault('100')
    .describe('How long a read waits for Redis before Postgres answers it'),
});
export type Config = z.infer<typeof Config>;
