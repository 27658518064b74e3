import { z } from 'zod';

/** How to reach Stripe: read by every service that carries out effects there. */
export function stripeVariables() {
  return {
    STRIPE_SECRET_KEY: secretKey,
    STRIPE_API_BASE: z.url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' }).optional(),
    STRIPE_MAX_RPS: z.coerce.number('must be a number').int().min(1).max(10_000).default(25),
  };
}

/** Copied with a space or a line's end around it, it is still the key. */
const secretKey = z
  .string()
  .trim()
  .refine((key) => /^[sr]k_[\x21-\x7e]+$/.test(key), { error: ({ input }) => keyFault(String(input)) });

function keyFault(given: string): string {
  if (given.startsWith('pk_')) return 'is a publishable key, which is for browsers; set the secret key: sk_… or rk_…';
  if (given.startsWith('whsec_')) return 'is the secret of a webhook endpoint; set the secret key: sk_… or rk_…';
  return 'must be a Stripe secret key: sk_… or rk_…';
}
