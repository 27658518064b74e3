import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { roleUrl, type App } from '@ticketing/database/roles';
import { ConfigError } from '@ticketing/service-kit/config';
import { readRunning, type Running } from '../start/running.ts';
import { readSecrets } from '../start/secrets.ts';
import { inRoot } from './repository.ts';

/** What commands need to know of the running `npm start`. */
export interface RunningShop {
  stack: NonNullable<Running['stack']>;
  secrets: NonNullable<Awaited<ReturnType<typeof readSecrets>>>;
  dataDir: string;
}

/** The `npm start` that runs on a data folder; undefined if none does. */
export async function readRunningShop(folder: string): Promise<RunningShop | undefined> {
  const dataDir = resolve(inRoot(), folder);
  const [running, secrets] = await Promise.all([readRunning(dataDir), readSecrets(dataDir)]);
  return running?.stack && secrets && { stack: running.stack, secrets, dataDir };
}

/** Its database, for the login role of an app. */
export function databaseOf({ stack, secrets }: RunningShop, app: App): { DATABASE_URL: string } {
  return { DATABASE_URL: roleUrl(stack.databaseUrl, app, secrets.rolePasswords[app]) };
}

/** What its payment worker is given. */
export function workerVariables(shop: RunningShop): { DATABASE_URL: string; KAFKA_BROKERS?: string } {
  const { kafkaBrokers } = shop.stack;
  return { ...databaseOf(shop, 'worker'), ...(kafkaBrokers && { KAFKA_BROKERS: kafkaBrokers }) };
}

/** The local Stripe takes any key of this form. */
const LOCAL_STRIPE_KEY = 'sk_test_local';

/** How it reaches Stripe. Of a shop on a real Stripe account, the key is known to its environment only. */
export function stripeOf(
  { stack: { stripeUrl } }: RunningShop,
  env: { STRIPE_SECRET_KEY?: string | undefined },
): NodeJS.ProcessEnv {
  if (env.STRIPE_SECRET_KEY) return {};
  const isLocal = new URL(stripeUrl).hostname === '127.0.0.1';
  return { ...(isLocal && { STRIPE_SECRET_KEY: LOCAL_STRIPE_KEY }), STRIPE_API_BASE: stripeUrl };
}

/**
 * What migrations need: its database, as the administrator, and the passwords of the services' roles.
 * @throws {ConfigError} if the database is not its own: of another server, the administrator's password is not kept
 */
export async function migrationVariables({ stack, secrets, dataDir }: RunningShop): Promise<NodeJS.ProcessEnv> {
  const url = new URL(stack.databaseUrl);
  if (!stack.isDatabaseOwn) {
    throw new ConfigError(
      `npm start runs on the database at ${url.host}, whose administrator's password is not kept here: set DATABASE_URL.`,
    );
  }
  url.username = 'postgres';
  url.password = (await readFile(join(dataDir, 'postgres.password'), 'utf8')).trim();
  const { gateway, events, orders, worker } = secrets.rolePasswords;
  return {
    DATABASE_URL: url.href,
    GATEWAY_DB_PASSWORD: gateway,
    EVENTS_DB_PASSWORD: events,
    ORDERS_DB_PASSWORD: orders,
    WORKER_DB_PASSWORD: worker,
  };
}
