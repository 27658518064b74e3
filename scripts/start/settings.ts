import { ConfigError } from '@ticketing/service-kit/config';
import type { Environment } from '../env.ts';
import { requireDatabase } from './own-database.ts';
import type { StripeAccount } from './plan.ts';
import { isFree, portProblems } from './ports.ts';
import type { StackOptions } from './stack.ts';

/**
 * What the environment says about the stack.
 * @throws {ConfigError} when that does not fit together, a port is in use, or the database cannot be used, before anything is started
 */
export async function readSettings(env: Environment, full: boolean): Promise<Omit<StackOptions, 'dataDir'>> {
  const stripe = stripeOf(env);
  const { KAFKA_BROKERS: brokers, REDIS_URL: redisUrl } = env;
  const ports = {
    gateway: env.PORT,
    events: env.EVENTS_PORT,
    orders: env.ORDERS_PORT,
    ...((full || brokers) && { worker: env.WORKER_PORT }),
    ...(!stripe && { stripe: env.STRIPE_PORT }),
  };
  const startsKafka = full && !brokers;
  const startsRedis = full && !redisUrl;
  const serverPorts = {
    ...(startsKafka && env.KAFKA_PORT && { kafka: env.KAFKA_PORT }),
    ...(startsRedis && env.REDIS_PORT && { redis: env.REDIS_PORT }),
  };
  const problems = await portProblems({ ...ports, ...serverPorts }, env.all.HOST === '' ? undefined : env.all.HOST);
  if (problems.length > 0) throw new ConfigError(problems.join('\n'));
  if (env.DATABASE_URL) await requireDatabase(env.DATABASE_URL);
  const taken: number[] = Object.values({ ...ports, ...serverPorts });
  return {
    full,
    ports,
    serverPorts: {
      ...(startsKafka && { kafka: await preferred(USUAL_PORTS.kafka, taken) }),
      ...(startsRedis && { redis: await preferred(USUAL_PORTS.redis, taken) }),
      ...serverPorts,
    },
    brokers,
    redisUrl,
    databaseUrl: env.DATABASE_URL,
    stripe,
    webhookSecret: env.STRIPE_WEBHOOK_SECRET,
    // Empty ones count as unset, as everywhere.
    env: Object.fromEntries(Object.entries(env.all).filter(([, value]) => value !== '')),
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
