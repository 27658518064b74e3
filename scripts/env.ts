import { readConfig } from '@ticketing/service-kit/config';
import { z } from 'zod';

const anyPort = z.coerce.number('must be a number').int().min(1, 'must be a port').max(65_535, 'must be a port');
const port = (fallback: number) => anyPort.default(fallback);

const Variables = z.object({
  PORT: port(3000),
  EVENTS_PORT: port(3001),
  ORDERS_PORT: port(3002),
  WORKER_PORT: port(3003),
  STRIPE_PORT: port(12_111),
  KAFKA_PORT: anyPort.optional(),
  REDIS_PORT: anyPort.optional(),
  /** Where data, secrets and logs stay. */
  DATA_DIR: z.string().default('.data'),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must be a postgresql:// URL')
    .optional(),
  /** Comma-separated. */
  KAFKA_BROKERS: z.string().optional(),
  REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\//, 'must be a redis:// URL')
    .optional(),
  JWT_SECRET: z.string().optional(),
  STRIPE_SECRET_KEY: z.string().optional(),
  STRIPE_WEBHOOK_SECRET: z.string().optional(),
  STRIPE_API_BASE: z.string().optional(),
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
