import { readConfig } from '@ticketing/service-kit/config';
import { brokers, choice, port, postgresUrl, redisUrl } from '@ticketing/service-kit/variable';
import { z } from 'zod';

/** What the commands of this repository read themselves; what the services read is passed on to them. */
export const Variables = z.object({
  PORT: port(1).prefault('3000'),
  EVENTS_PORT: port(1).prefault('3001'),
  ORDERS_PORT: port(1).prefault('3002'),
  WORKER_PORT: port(1).prefault('3003'),
  STRIPE_PORT: port(1).prefault('12111'),
  KAFKA_PORT: port(1).optional(),
  REDIS_PORT: port(1).optional(),
  /** The gateway's, as PORT is. Unset ones: 6000 above the service's own port. */
  METRICS_PORT: port(1).optional(),
  EVENTS_METRICS_PORT: port(1).optional(),
  ORDERS_METRICS_PORT: port(1).optional(),
  WORKER_METRICS_PORT: port(1).optional(),
  /** Where data, secrets and logs stay. */
  DATA_DIR: z.string().trim().default('.data'),
  DATABASE_URL: postgresUrl.optional(),
  KAFKA_BROKERS: brokers.transform((addresses) => addresses.join(',')).optional(),
  REDIS_URL: redisUrl.optional(),
  JWT_SECRET: z.string().optional(),
  STRIPE_SECRET_KEY: z.string().optional(),
  STRIPE_WEBHOOK_SECRET: z.string().optional(),
  STRIPE_API_BASE: z.string().optional(),
  /** With LOG_FORMAT, how the services' lines are shown. */
  NODE_ENV: z.string().optional(),
  LOG_FORMAT: choice('json', 'pretty').optional(),
  CI: z.string().optional(),
});

export type Environment = z.infer<typeof Variables> & {
  /** Everything, for the programs that are started. */
  all: NodeJS.ProcessEnv;
};

/**
 * The only reader of process.env in scripts/.
 * @throws {ConfigError} naming every variable that is wrong
 */
export function readEnvironment(): Environment {
  return { ...readConfig(Variables, process.env), all: process.env };
}
