import { join } from 'node:path';
import { roleUrl, type App } from '@ticketing/database/roles';
import { inRoot } from '../run/repository.ts';
import { METRICS_OFFSET, type Ports } from './ports.ts';
import type { Secrets } from './secrets.ts';

export const APPS = ['gateway', 'events-service', 'orders-service'] as const;
export type ProcessName = (typeof APPS)[number] | 'local-stripe';

/** How to start a process of the shop. */
export interface Plan {
  args: string[];
  env: NodeJS.ProcessEnv;
  readyUrl: string;
}

/** Stripe, or a stand-in of someone else's. */
export interface StripeAccount {
  secretKey: string;
  apiBase?: string | undefined;
}

export interface PlanOptions {
  dataDir: string;
  databaseUrl: string;
  ports: Ports;
  secrets: Secrets;
  stripe: StripeAccount | undefined;
  webhookSecret: string;
  /** Under what is decided here. */
  env: NodeJS.ProcessEnv;
}

/** The local stand-in takes any key of this form. */
const LOCAL_STRIPE_KEY = 'sk_test_local';

/** Address of a port on this machine. */
export const origin = (port: number): string => `http://127.0.0.1:${port}`;

/** Every process of the shop, with its part of the configuration and its own role of the database. */
export function planProcesses(options: PlanOptions): Partial<Record<ProcessName, Plan>> {
  const { dataDir, ports, stripe, webhookSecret, env } = options;
  return {
    ...(!stripe && {
      'local-stripe': {
        args: [
          inRoot('packages/testing/src/local-stripe-cli.ts'),
          `--port=${ports.stripe}`,
          `--webhook-url=${origin(ports.gateway)}/orders/webhook`,
          `--webhook-secret=${webhookSecret}`,
          `--file=${join(dataDir, 'local-stripe.json')}`,
        ],
        env,
        readyUrl: `${origin(ports.stripe)}/_local/delivery`,
      },
    }),
    gateway: planApp('gateway', ports.gateway, 'gateway', options, {
      HOST: env.HOST ?? '127.0.0.1',
      EVENTS_SERVICE_URL: origin(ports.events),
      ORDERS_SERVICE_URL: origin(ports.orders),
    }),
    'events-service': planApp('events-service', ports.events, 'events', options, {}),
    'orders-service': planApp('orders-service', ports.orders, 'orders', options, {
      STRIPE_SECRET_KEY: stripe?.secretKey ?? LOCAL_STRIPE_KEY,
      STRIPE_API_BASE: stripe ? stripe.apiBase : origin(ports.stripe),
      STRIPE_WEBHOOK_SECRET: webhookSecret,
    }),
  };
}

function planApp(
  name: (typeof APPS)[number],
  port: number,
  role: App,
  { databaseUrl, secrets, env }: PlanOptions,
  own: NodeJS.ProcessEnv,
): Plan {
  return {
    args: ['--enable-source-maps', inRoot('apps', name, 'dist', 'main.js')],
    env: {
      JWT_SECRET: secrets.jwtSecret,
      ...env,
      // Whoever starts them shows lines by their level.
      LOG_FORMAT: 'json',
      HOST: '127.0.0.1',
      PORT: String(port),
      METRICS_PORT: String(port + METRICS_OFFSET <= 65_535 ? port + METRICS_OFFSET : 0),
      DATABASE_URL: roleUrl(databaseUrl, role, secrets.rolePasswords[role]),
      ...own,
    },
    readyUrl: `${origin(port)}/health/ready`,
  };
}
