import Stripe from 'stripe';
import { onTestFinished } from 'vitest';
import { startLocalStripe, type LocalStripe, type LocalStripeOptions } from '../src/local-stripe.ts';
import { receiveWebhooks, type Receiver } from './webhook-receiver.ts';

const webhookSecret = 'whsec_test';

export interface Setup {
  local: LocalStripe;
  stripe: Stripe;
  receiver: Receiver;
  /** Types of the events received so far. */
  received: () => string[];
  /** Posts to one of the switches and returns what it answers. */
  post: (path: string, body?: object) => Promise<{ status: number; answer: unknown }>;
}

/** A local Stripe of the test's own, with a webhook endpoint and the official client. All closed after the test. */
export async function setUp(options: Partial<LocalStripeOptions> = {}): Promise<Setup> {
  const receiver = await receiveWebhooks(webhookSecret);
  onTestFinished(() => receiver.close());
  const local = await startLocalStripe({
    webhookUrl: receiver.url,
    webhookSecret,
    ...options,
    delivery: { firstRetryMs: 5, ...options.delivery },
  });
  onTestFinished(() => local.close());
  return {
    local,
    receiver,
    stripe: clientOf(local),
    received: () => receiver.received.map(({ type }) => type),
    async post(path, body = {}) {
      const response = await fetch(`${local.url}/_local/${path}`, { method: 'POST', body: JSON.stringify(body) });
      return { status: response.status, answer: await response.json() };
    },
  };
}

/** The official client; it does not try again by itself, so that tests see each answer. */
export function clientOf(local: LocalStripe, key = 'sk_test_123', timeoutMs = 5_000): Stripe {
  const { hostname, port } = new URL(local.url);
  return new Stripe(key, { host: hostname, port, protocol: 'http', maxNetworkRetries: 0, timeout: timeoutMs });
}

/** A payment of 45.00 EUR for an order. */
export const payment = {
  amount: 4500,
  currency: 'eur',
  metadata: { order_id: 'o-1' },
  automatic_payment_methods: { enabled: true },
} satisfies Stripe.PaymentIntentCreateParams;
