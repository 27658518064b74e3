import { Config as EventsConfig } from '@ticketing/events-service/src/config.ts';
import { Config as GatewayConfig } from '@ticketing/gateway/src/config.ts';
import { OrdersConfig } from '@ticketing/orders-service/src/config.ts';
import { WorkerConfig } from '@ticketing/payment-worker/src/config.ts';
import { configFaults } from '@ticketing/service-kit/config';
import type { z } from 'zod';
import { planProcesses, type AppName } from './plan.ts';
import type { StackOptions } from './stack.ts';

/** What each service reads from its environment. */
export const SERVICE_CONFIGS: Record<AppName, z.ZodObject> = {
  gateway: GatewayConfig,
  'events-service': EventsConfig,
  'orders-service': OrdersConfig,
  'payment-worker': WorkerConfig,
};

/** What the services would refuse to start with, each fault once: said before anything is built or started. */
export function serviceFaults({
  full,
  brokers,
  redisUrl,
  stripe,
  webhookSecret,
  env = {},
}: Omit<StackOptions, 'dataDir'>): string[] {
  const plans = planProcesses({
    ...{ ...TO_BE_MADE, dataDir: '.', stripe, env },
    webhookSecret: webhookSecret ?? TO_BE_MADE.secrets.stripeWebhookSecret,
    brokers: brokers ?? (full ? '127.0.0.1:9092' : undefined),
    redisUrl: redisUrl ?? (full ? 'redis://127.0.0.1:6379' : undefined),
  });
  const faults = Object.entries(SERVICE_CONFIGS).flatMap(([name, schema]) => {
    const plan = plans[name as AppName];
    return plan ? configFaults(schema, plan.env) : [];
  });
  return [...new Set(faults)];
}

/** In place of what a start makes or finds, and of ports, which were looked at. */
const TO_BE_MADE = {
  databaseUrl: 'postgresql://127.0.0.1/ticketing',
  ports: { gateway: 3000, events: 3001, orders: 3002, worker: 3003, stripe: 12_111 },
  secrets: {
    jwtSecret: 'x'.repeat(32),
    stripeWebhookSecret: `whsec_${'x'.repeat(32)}`,
    rolePasswords: { gateway: 'x', events: 'x', orders: 'x', worker: 'x' },
  },
};
