import { z } from 'zod';
import { apiVariables, commonVariables } from '@ticketing/service-kit/config';

const httpUrl = z
  .string()
  .refine((text) => /^https?:\/\//.test(text) && URL.canParse(text), 'must be an http:// or https:// URL');

/** The gateway's settings; the only place that names its environment variables. */
export const Config = z.object({
  ...commonVariables(3000),
  ...apiVariables(),
  EVENTS_SERVICE_URL: httpUrl.default('http://127.0.0.1:3001'),
  ORDERS_SERVICE_URL: httpUrl.default('http://127.0.0.1:3002'),
  WORKER_URL: httpUrl.optional().describe('Where there is a payment-worker, so that /health asks it too'),
});
export type Config = z.infer<typeof Config>;
