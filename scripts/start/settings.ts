import { configError, ConfigError } from '@ticketing/service-kit/config';
import type { Environment } from '../env.ts';
import { requireDatabase } from './own-database.ts';
import type { StripeAccount } from './plan.ts';
import { isFree, metricsPort, portProblems } from './ports.ts';
import { serviceFaults } from './service-faults.ts';
import type { StackOptions } from './stack.ts';

/**
 * What the environment says about the stack.
 * @throws {ConfigError} when that is wrong or does not fit together, a port is in use, or the database cannot be used, before
 *   anything is started
 */
export async function readSettings(env: Environment, full: boolean): Promise<Omit<StackOptions, 'dataDir'>> {
  const stripe = stripeOf(env);
  const hasWorker = full || env.KAFKA_BROKERS !== undefined;
  const { KAFKA_BROKERS: brokers, REDIS_URL: redisUrl } = env;
  const ports = {
    gateway: env.PORT,
    events: env.EVENTS_PORT,
    orders: env.ORDERS_PORT,
    ...(hasWorker && { worker: env.WORKER_PORT }),
    ...(!stripe && { stripe: env.STRIPE_PORT }),
  };
  const metricsPorts = {
    gateway: env.METRICS_PORT ?? metricsPort(env.PORT),
    events: env.EVENTS_METRICS_PORT ?? metricsPort(env.EVENTS_PORT),
    orders: env.ORDERS_METRICS_PORT ?? metricsPort(env.ORDERS_PORT),
    ...(hasWorker && { worker: env.WORKER_METRICS_PORT ?? metricsPort(env.WORKER_PORT) }),
  };
  const startsKafka = full && !brokers;
  const startsRedis = full && !redisUrl;
  const serverPorts = {
    ...(startsKafka && env.KAFKA_PORT && { kafka: env.KAFKA_PORT }),
    ...(startsRedis && env.REDIS_PORT && { redis: env.REDIS_PORT }),
  };
  const given = {
    ...{ full, brokers, redisUrl, stripe, databaseUrl: env.DATABASE_URL, webhookSecret: env.STRIPE_WEBHOOK_SECRET },
    // Empty ones count as unset, as everywhere.
    env: Object.fromEntries(Object.entries(env.all).filter(([, value]) => value?.trim())),
  };
  const faults = serviceFaults(given);
  if (faults.length > 0) throw configError(faults);
  const problems = await portProblems({ ...ports, ...serverPorts }, { host: given.env.HOST, metricsPorts });
  if (problems.length > 0) throw new ConfigError(problems.join('\n'));
  if (env.DATABASE_URL) await requireDatabase(env.DATABASE_URL);
  const taken = [ports, serverPorts, metricsPorts].flatMap((group): number[] => Object.values(group));
  return {
    ...given,
    ports,
    metricsPorts,
    serverPorts: {
      ...(startsKafka && { kafka: await preferred(USUAL_PORTS.kafka, taken) }),
      ...(startsRedis && { redis: await preferred(USUAL_PORTS.redis, taken) }),
      ...serverPorts,
    },
  };
}

/** Used if they are free: someone who has a Redis of their own should not have to tell. */
const USUAL_PORTS = { kafka: 9092, redis: 6379 };

async function preferred(port: number, taken: number[]): Promise<number | undefined> {
  return !taken.includes(port) && (await isFree(port)) ? port : undefined;
}

function stripeOf(env: Environment): StripeAccount | undefined {
  if (!env.STRIPE_SECRET_KEY) {
    if (!env.STRIPE_API_BASE) return undefined;
    throw new ConfigError(
      'STRIPE_API_BASE is set, but STRIPE_SECRET_KEY is not: set both, or none for the local Stripe.',
    );
  }
  if (!env.STRIPE_WEBHOOK_SECRET) {
    throw new ConfigError(
      'STRIPE_SECRET_KEY is set, but STRIPE_WEBHOOK_SECRET is not. For a Stripe account, it is what ' +
        `\`stripe listen --forward-to localhost:${env.PORT}/orders/webhook\` prints.`,
    );
  }
  return { secretKey: env.STRIPE_SECRET_KEY, apiBase: env.STRIPE_API_BASE };
}
