import { z } from 'zod';
import { ConfigError } from './config-error.ts';

export { ConfigError };

/**
 * Reads a service's settings from the environment. Empty strings count as unset, as in compose files.
 * @throws {ConfigError} naming every variable that is missing or wrong
 */
export function readConfig<Schema extends z.ZodObject>(schema: Schema, env: NodeJS.ProcessEnv): z.infer<Schema> {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => {
    const variable = issue.path.join('.');
    const missing = given[variable] === undefined;
    return `  ${variable}: ${missing ? 'is not set' : issue.message}`;
  });
  throw new ConfigError(`The configuration is not valid:\n${[...new Set(faults)].join('\n')}`);
}

const port = z.coerce.number('must be a number').int().min(0).max(65_535, 'must be a port, 0 to 65535');

/** Variables that every service reads. Defaults for ports differ, so they are arguments. */
export function commonVariables(defaultPort: number) {
  return {
    NODE_ENV: z.string().default('development'),
    HOST: z.string().optional(),
    PORT: port.default(defaultPort),
    CLOSE_DELAY_MS: closeDelayMs,
    METRICS_PORT: port.default(defaultPort + 6_000),
    METRICS_HOST: z.string().default('127.0.0.1'),
    LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
    LOG_FORMAT: z.enum(['json', 'pretty']).optional().describe('JSON in production, else pretty'),
    DATABASE_URL: postgresUrl,
    DATABASE_POOL_SIZE: z.coerce.number('must be a number').int().min(1).max(200).default(10),
  };
}

/** The longest time for which a service may go on serving after it was told to stop. */
export const MAX_CLOSE_DELAY_MS = 10_000;

const closeDelayMs = z.coerce
  .number('must be a number')
  .int()
  .min(0)
  .max(MAX_CLOSE_DELAY_MS, `must be at most ${MAX_CLOSE_DELAY_MS}`)
  .default(0)
  .describe('How long it goes on serving after it was told to stop, until a load balancer has seen it');

/** Variables of services that people and programs call. */
export function apiVariables() {
  return {
    CORS_ORIGINS: list.default([]),
    JWT_SECRET: secret,
    JWT_SECRET_PREVIOUS: secret.optional(),
    RATE_LIMITS: z.enum(['on', 'off']).default('on'),
    /** Proxies in front whose X-Forwarded-For is believed: `none`, or Express' names and addresses. */
    TRUSTED_PROXIES: z
      .string()
      .default('none')
      .transform((text) => (text === 'none' ? false : text)),
  };
}

/** Comma-separated values. */
export const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean),
);

/** RFC 7518 section 3.2: an HS256 key is at least as long as the hash, 32 bytes. */
const secret = z.string().min(32, 'must have at least 32 characters');

const postgresUrl = z
  .string()
  .refine((text) => /^postgres(ql)?:\/\//.test(text) && URL.canParse(text), 'must be a postgresql:// URL');
