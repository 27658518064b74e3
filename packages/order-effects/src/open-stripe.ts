import type { Logger } from '@ticketing/service-kit/log';
import type { Registry } from 'prom-client';
import { createStripe } from './stripe.ts';
import type { StripeAccess } from './stripe-access.ts';
import { stripeAccount } from './stripe-account.ts';
import { checkStripeKey } from './stripe-key.ts';
import { watchRefusals } from './stripe-refusals.ts';

export interface StripeSettings {
  NODE_ENV: string;
  STRIPE_SECRET_KEY: string;
  STRIPE_API_BASE?: string | undefined;
}

/**
 * Stripe as a service uses it: the key is checked first, and what Stripe refuses for it later is logged and counted.
 * @throws {ConfigError} Stripe does not accept the key
 */
export async function openStripe(
  { NODE_ENV, STRIPE_SECRET_KEY: secretKey, STRIPE_API_BASE: apiBase }: StripeSettings,
  { registry, log }: { registry: Registry; log: Logger },
): Promise<Pick<StripeAccess, 'stripe' | 'account'>> {
  const stripe = createStripe({ secretKey, apiBase });
  const accountId = await checkStripeKey({ stripe, secretKey, apiBase, isProduction: NODE_ENV === 'production', log });
  watchRefusals(stripe, { registry, log });
  return { stripe, account: stripeAccount(stripe, accountId) };
}
