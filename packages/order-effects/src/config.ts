import { httpOrigin, variable, wholeNumber } from '@ticketing/service-kit/variable';

/** How to reach Stripe: read by every service that carries out effects there. */
export function stripeVariables() {
  return {
    STRIPE_SECRET_KEY: variable({
      must: 'must be a secret key of Stripe, sk_…, or a restricted one, rk_…',
      read: (text) => (/^[sr]k_\w+$/.test(text) ? text : undefined),
      isSecret: true,
    }),
    /** Unset: Stripe. */
    STRIPE_API_BASE: httpOrigin.optional(),
    STRIPE_MAX_RPS: wholeNumber(1, 10_000).prefault('25'),
  };
}
