import type { z } from 'zod';
import { ConfigError } from './config-error.ts';
import { telemetryVariables } from './telemetry-variables.ts';
import { trustedProxies } from './trusted-proxies.ts';
import {
  certificateFile,
  choice,
  list,
  listenHost,
  originOf,
  port,
  postgresUrl,
  signingSecret,
  wholeNumber,
} from './variable.ts';

export { ConfigError };

/**
 * Reads a service's settings from the environment. What is empty, or only spaces, counts as unset, as in compose files.
 * @throws {ConfigError} naming every variable that is missing or wrong
 */
export function readConfig<Schema extends z.ZodObject>(schema: Schema, env: NodeJS.ProcessEnv): z.infer<Schema> {
  const { data, faults } = tryConfig(schema, env);
  if (faults.length === 0) return data as z.infer<Schema>;
  throw configError(faults);
}

/** All of it, as one message. */
export function configError(faults: string[]): ConfigError {
  return new ConfigError(`The configuration is not valid:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
}

/** What is wrong with a service's settings, each with its variable: `PORT: must be …`. */
export function configFaults(schema: z.ZodObject, env: NodeJS.ProcessEnv): string[] {
  return tryConfig(schema, env).faults;
}

function tryConfig(schema: z.ZodObject, env: NodeJS.ProcessEnv) {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value?.trim()));
  const result = schema.safeParse(given);
  if (result.success) return { data: result.data, faults: [] };
  const faults = result.error.issues.map(({ path, code, message }) => {
    const variable = path.join('.');
    const isMissing = given[variable] === undefined && code !== 'custom';
    return `${variable}: ${isMissing ? 'is not set' : message}`;
  });
  return { faults: [...new Set(faults)] };
}

/** Variables that every service reads. Defaults for ports differ, so they are arguments. */
export function commonVariables(defaultPort: number) {
  return {
    NODE_ENV: choice('development', 'production', 'test').prefault('development'),
    /** Unset: every address of the machine. */
    HOST: listenHost.optional(),
    PORT: port().prefault(String(defaultPort)),
    CLOSE_DELAY_MS: closeDelayMs,
    METRICS_PORT: port().prefault(String(defaultPort + 6_000)),
    METRICS_HOST: listenHost.prefault('127.0.0.1'),
    LOG_LEVEL: choice('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent').prefault('info'),
    /** Unset: what `logFormat` says. */
    LOG_FORMAT: choice('json', 'pretty').optional(),
    DATABASE_URL: postgresUrl,
    DATABASE_POOL_SIZE: wholeNumber(1, 200).prefault('10'),
    /** Read by Node itself, which goes on without when it is wrong. */
    NODE_EXTRA_CA_CERTS: certificateFile.optional(),
    ...telemetryVariables(),
  };
}

/** JSON for programs, lines for people. */
export function logFormat(config: { NODE_ENV?: string | undefined; LOG_FORMAT?: 'json' | 'pretty' | undefined }) {
  return config.LOG_FORMAT ?? (config.NODE_ENV === 'production' ? 'json' : 'pretty');
}

/** The longest time for which a service may go on serving after it was told to stop. */
export const MAX_CLOSE_DELAY_MS = 10_000;

const closeDelayMs = wholeNumber(0, MAX_CLOSE_DELAY_MS)
  .prefault('0')
  .describe('How long it goes on serving after it was told to stop, until a load balancer has seen it');

/** Variables of services that people and programs call. */
export function apiVariables() {
  return {
    CORS_ORIGINS: origins.default([]),
    JWT_SECRET: signingSecret,
    JWT_SECRET_PREVIOUS: signingSecret.optional(),
    RATE_LIMITS: choice('on', 'off').prefault('on'),
    TRUSTED_PROXIES: trustedProxies.prefault('none'),
  };
}

/** As browsers send them: of pages, and of apps that are made of pages. */
const ORIGIN_PROTOCOLS = ['http:', 'https:', 'capacitor:', 'ionic:'];

const origins = list({
  must: 'must list origins such as https://shop.example.com, without a path, separated by commas',
  read: (text) => originOf(text, ORIGIN_PROTOCOLS),
});
