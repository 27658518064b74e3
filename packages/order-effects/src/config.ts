import { z } from 'zod';

/** How to reach Stripe: read by every service that carries out effects there. */
export function stripeVariables() {
  return {
    STRIPE_SECRET_KEY: z.string().regex(/^(sk|rk)_/, 'must be a Stripe secret key: sk_… or rk_…'),
    STRIPE_API_BASE: z.url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' }).optional(),
    STRIPE_MAX_RPS: z.coerce.number('must be a number').int().min(1).max(10_000).default(25),
  };
}
