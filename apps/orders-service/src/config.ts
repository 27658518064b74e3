import { commonVariables } from '@ticketing/service-kit/config';
import { z } from 'zod';

/** What orders-service reads from its environment. */
export const OrdersConfig = z.object({
  ...commonVariables(3002),
  STRIPE_SECRET_KEY: z.string().regex(/^(sk|rk)_/, 'must be a Stripe secret key: sk_… or rk_…'),
  /** Two while the secret rotates. */
  STRIPE_WEBHOOK_SECRET: z
    .string()
    .transform((text) => text.split(',').map((part) => part.trim()))
    .refine(
      (secrets) => secrets.every((secret) => secret.length >= 16),
      'must list one or two secrets of Stripe: whsec_…',
    )
    .refine((secrets) => secrets.length <= 2, 'must list at most two secrets'),
  STRIPE_API_BASE: z.url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' }).optional(),
  STRIPE_MAX_RPS: z.coerce.number('must be a number').int().min(1).max(10_000).default(25),
  ORDER_HOLD_SECONDS: z.coerce.number('must be a number').int().min(1).max(86_400).default(900),
});
export type OrdersConfig = z.infer<typeof OrdersConfig>;
