import { z } from 'zod';
import { operation } from './operation.ts';

const State = z.enum(['ok', 'down']);

/** Health of the platform, or of one service: what is asked, and whether it answers. */
export const Health = z.object({ status: State, services: z.record(z.string(), State) }).meta({ id: 'Health' });
export type Health = z.infer<typeof Health>;

export const readHealth = operation({
  id: 'readHealth',
  tag: 'Platform',
  summary: 'Whether every service answers',
  method: 'get',
  path: '/health',
  access: 'public',
  answers: {
    200: { description: 'All answer', schema: Health },
    503: { description: 'The same shape, with what is down', schema: Health },
  },
  errors: [],
});
