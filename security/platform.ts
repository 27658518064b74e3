import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startService as startEvents } from '@ticketing/events-service/src/service.ts';
import { Config as EventsConfig } from '@ticketing/events-service/src/config.ts';
import { startService as startGateway } from '@ticketing/gateway/src/service.ts';
import { Config as GatewayConfig } from '@ticketing/gateway/src/config.ts';
import { startService as startOrders } from '@ticketing/orders-service/src/service.ts';
import { OrdersConfig } from '@ticketing/orders-service/src/config.ts';
import { createClosing } from '@ticketing/service-kit/closing';
import { readConfig } from '@ticketing/service-kit/config';
import { silentLog, type Logger } from '@ticketing/service-kit/log';
import { openAdminPool } from '@ticketing/testing/admin-pool';
import { startLocalStripe, type LocalStripe } from '@ticketing/testing/local-stripe';
import { createDatabase } from '@ticketing/testing/postgres';
import type pg from 'pg';
import { inject } from 'vitest';

export const JWT_SECRET = 'a-secret-of-the-tests-with-32-characters';
export const JWT_SECRET_PREVIOUS = 'the-secret-before-it-with-32-characters';
export const WEBHOOK_SECRET = 'whsec_of_the_security_tests';
export const STRIPE_SECRET_KEY = 'sk_test_of_the_security_tests';

export interface Platform {
  /** The gateway: the one origin. */
  url: string;
  /** Each service's own address, as someone inside the network could call it. */
  services: Record<'gateway' | 'events-service' | 'orders-service', string>;
  stripe: LocalStripe;
  /** Folder of the mails that were written. */
  mails: string;
  /** Superuser. */
  admin: pg.Pool;
  /** For the gateway's commands. */
  gatewayDatabaseUrl: string;
  close: () => Promise<void>;
}

export interface PlatformOptions {
  log?: Logger;
  /** Further settings, of every service. */
  env?: Record<string, string>;
}

/** All services as they run, in this process, on one database of their own, with a local Stripe. */
export async function startPlatform({ log = silentLog, env = {} }: PlatformOptions = {}): Promise<Platform> {
  const closing = createClosing();
  const database = await createDatabase(inject('postgresUrl'));
  closing.add(database.drop);
  const admin = openAdminPool(database.adminUrl);
  closing.add(() => admin.end());
  const stripe = await startLocalStripe({ webhookSecret: WEBHOOK_SECRET, secretKey: STRIPE_SECRET_KEY });
  closing.add(stripe.close);
  const mails = await mkdtemp(join(tmpdir(), 'ticketing-security-'));
  closing.add(() => rm(mails, { recursive: true, force: true }));
  const common = {
    NODE_ENV: 'test',
    HOST: '127.0.0.1',
    PORT: '0',
    METRICS_PORT: '0',
    RATE_LIMITS: 'off',
    JWT_SECRET,
    JWT_SECRET_PREVIOUS,
    MAIL_DIRECTORY: mails,
    ORGANIZER_REGISTRATION: 'approval',
    ...env,
  };
  const events = await startEvents(readConfig(EventsConfig, { ...common, DATABASE_URL: database.urls.events }), log);
  closing.add(events.close);
  const stripeSettings = {
    STRIPE_SECRET_KEY,
    STRIPE_WEBHOOK_SECRET: WEBHOOK_SECRET,
    STRIPE_API_BASE: stripe.url,
    STRIPE_MAX_RPS: '1000',
  };
  const orders = await startOrders(
    readConfig(OrdersConfig, { ...common, ...stripeSettings, DATABASE_URL: database.urls.orders }),
    log,
  );
  closing.add(orders.close);
  const upstream = {
    EVENTS_SERVICE_URL: events.url,
    ORDERS_SERVICE_URL: orders.url,
  };
  const gateway = await startGateway(
    readConfig(GatewayConfig, { ...common, ...upstream, DATABASE_URL: database.urls.gateway }),
    log,
  );
  closing.add(gateway.close);
  stripe.changeDelivery({ webhookUrl: `${gateway.url}/orders/webhook` });
  return {
    url: gateway.url,
    services: { gateway: gateway.url, 'events-service': events.url, 'orders-service': orders.url },
    stripe,
    mails,
    admin,
    gatewayDatabaseUrl: database.urls.gateway,
    close: closing.close,
  };
}
