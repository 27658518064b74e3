import { apiVariables, commonVariables } from '@ticketing/service-kit/config';
import { z } from 'zod';

/** The service's settings, from the environment. */
export const Config = z.object({ ...commonVariables(3001), ...apiVariables() });
export type Config = z.infer<typeof Config>;
