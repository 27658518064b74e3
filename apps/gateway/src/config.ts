import { z } from 'zod';
import { apiVariables, commonVariables } from '@ticketing/service-kit/config';
import { limitVariable } from '@ticketing/service-kit/rate-limit/limit';
import { choice, httpOrigin, redisUrl } from '@ticketing/service-kit/variable';

/** The gateway's settings; the only place that names its environment variables. */
export const Config = z.object({
  ...commonVariables(3000),
  ...apiVariables(),
  EVENTS_SERVICE_URL: httpOrigin.prefault('http://127.0.0.1:3001'),
  ORDERS_SERVICE_URL: httpOrigin.prefault('http://127.0.0.1:3002'),
  /** Unset: each replica counts for itself. */
  REDIS_URL: redisUrl.optional(),
  RATE_LIMIT_LOGIN_ACCOUNT_ADDRESS: limitVariable('10/900'),
  RATE_LIMIT_LOGIN_ACCOUNT: limitVariable('50/900'),
  RATE_LIMIT_LOGIN_ADDRESS: limitVariable('100/900'),
  // Generous: a school is one address too.
  RATE_LIMIT_REGISTER_ADDRESS: limitVariable('1000/900'),
  RATE_LIMIT_TOKEN_ADDRESS: limitVariable('3000/900'),
  ORGANIZER_REGISTRATION: choice('open', 'approval', 'closed')
    .optional()
    .describe('What becomes of who registers as an organizer; approval with a live key of Stripe, else open'),
  WORKER_URL: httpOrigin.optional().describe('Where there is a payment-worker, so that /health asks it too'),
});
export type Config = z.infer<typeof Config>;
