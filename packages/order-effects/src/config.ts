import { httpOrigin, variable, wholeNumber } from '@ticketing/service-kit/variable';

/** How to reach Stripe: read by every service that carries out effects there. */
export function stripeVariables() {
  return {
    STRIPE_SECRET_KEY: variable({
      must: keyFault,
      read: (text) => (/^[sr]k_\w+$/.test(text) ? text : undefined),
      isSecret: true,
    }),
    /** Unset: Stripe. */
    STRIPE_API_BASE: httpOrigin.optional(),
    STRIPE_MAX_RPS: wholeNumber(1, 10_000).prefault('25'),
  };
}

function keyFault(given: string): string {
  if (given.startsWith('pk_'))
    return 'must be a secret key, sk_… or rk_…; this is a publishable key, which is for browsers';
  if (given.startsWith('whsec_')) return 'must be a secret key, sk_… or rk_…; this is the secret of a webhook endpoint';
  return 'must be a secret key of Stripe, sk_…, or a restricted one, rk_…';
}
