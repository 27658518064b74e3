import { roleUrl, type App } from '@ticketing/database/roles';
import { inRoot } from '../run/repository.ts';
import { dataPaths } from './data-folder/names.ts';
import { nodeArguments } from './node-arguments.ts';
import { LOOPBACK, metricsPort, type MetricsPorts, type Ports } from './ports.ts';
import type { Secrets } from './secrets.ts';

export type AppName = 'gateway' | 'events-service' | 'orders-service' | 'payment-worker';
export type ProcessName = AppName | 'local-stripe';

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
  /** Absent ones: by the service's own port. */
  metricsPorts?: Partial<MetricsPorts> | undefined;
  secrets: Pick<Secrets, 'jwtSecret' | 'rolePasswords'>;
  stripe: StripeAccount | undefined;
  webhookSecret: string;
  /** Where there is Kafka, the worker is part of the shop. */
  brokers: string | undefined;
  redisUrl: string | undefined;
  /** Under what is decided here. */
  env: NodeJS.ProcessEnv;
}

/** The local stand-in takes any key of this form. */
const LOCAL_STRIPE_KEY = 'sk_test_local';

/** Address of a port on this machine. */
export const origin = (port: number): string => `http://${LOOPBACK}:${port}`;

/** Where the gateway is reached from this machine, whatever HOST has it listen on. */
export function gatewayOrigin(port: number, host = LOOPBACK): string {
  if (['0.0.0.0', '::'].includes(host)) return origin(port);
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/**
 * Every process of the shop, with its part of the configuration and its own role of the database. What others call comes
 * before its callers.
 */
export function planProcesses(options: PlanOptions): Partial<Record<ProcessName, Plan>> {
  const { dataDir, ports, stripe, webhookSecret, brokers, env } = options;
  const stripeVariables = {
    STRIPE_SECRET_KEY: stripe?.secretKey ?? LOCAL_STRIPE_KEY,
    STRIPE_API_BASE: stripe ? stripe.apiBase : origin(ports.stripe),
  };
  // The gateway is on this machine, and says who asks.
  const behindGateway = { TRUSTED_PROXIES: trusting(env.TRUSTED_PROXIES) };
  return {
    ...(!stripe && {
      'local-stripe': {
        args: [
          inRoot('packages/testing/src/local-stripe-cli.ts'),
          `--port=${ports.stripe}`,
          `--webhook-url=${gatewayOrigin(ports.gateway, env.HOST)}/orders/webhook`,
          `--webhook-secret=${webhookSecret}`,
          `--file=${dataPaths(dataDir).stripe}`,
        ],
        env,
        readyUrl: `${origin(ports.stripe)}/_local/delivery`,
      },
    }),
    ...(brokers && {
      'payment-worker': planApp('payment-worker', ports.worker, 'worker', options, stripeVariables),
    }),
    'orders-service': planApp('orders-service', ports.orders, 'orders', options, {
      ...stripeVariables,
      STRIPE_WEBHOOK_SECRET: webhookSecret,
      ...behindGateway,
    }),
    'events-service': planApp('events-service', ports.events, 'events', options, behindGateway),
    gateway: {
      ...planApp('gateway', ports.gateway, 'gateway', options, {
        HOST: env.HOST ?? LOOPBACK,
        EVENTS_SERVICE_URL: origin(ports.events),
        ORDERS_SERVICE_URL: origin(ports.orders),
        ...(brokers && { WORKER_URL: origin(ports.worker) }),
      }),
      readyUrl: `${gatewayOrigin(ports.gateway, env.HOST)}/health/ready`,
    },
  };
}

const trusting = (others = 'none') => (others.trim() === 'none' ? 'loopback' : `loopback, ${others}`);

function planApp(
  name: AppName,
  port: number,
  role: App,
  { dataDir, databaseUrl, metricsPorts = {}, secrets, brokers, redisUrl, env }: PlanOptions,
  own: NodeJS.ProcessEnv,
): Plan {
  return {
    args: [...nodeArguments(name), inRoot('apps', name, 'dist', 'main.js')],
    env: {
      JWT_SECRET: secrets.jwtSecret,
      MAIL_DIRECTORY: dataPaths(dataDir).mail,
      ...env,
      // Whoever starts them shows lines by their level, in the format that is wanted.
      LOG_FORMAT: 'json',
      HOST: LOOPBACK,
      PORT: String(port),
      METRICS_PORT: String(metricsPorts[role] ?? metricsPort(port)),
      DATABASE_URL: roleUrl(databaseUrl, role, secrets.rolePasswords[role]),
      ...(brokers && { KAFKA_BROKERS: brokers }),
      ...(redisUrl && { REDIS_URL: redisUrl }),
      ...own,
    },
    readyUrl: `${origin(port)}/health/ready`,
  };
}
