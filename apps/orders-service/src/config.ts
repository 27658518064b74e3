import { mailVariables, needMailFrom } from '@ticketing/mail/config';
import { stripeVariables } from '@ticketing/order-effects/config';
import { apiVariables, commonVariables, list } from '@ticketing/service-kit/config';
import { limitVariable } from '@ticketing/service-kit/rate-limit/limit';
import { redisUrl } from '@ticketing/service-kit/redis';
import { z } from 'zod';

/** What orders-service reads from its environment. */
export const OrdersConfig = needMailFrom(
  z.object({
    ...commonVariables(3002),
    ...apiVariables(),
    ...stripeVariables(),
    ...mailVariables(),
    /** Two while the secret rotates. */
    STRIPE_WEBHOOK_SECRET: list
      .refine(
        (secrets) => secrets.every((secret) => secret.length >= 16),
        'must list one or two secrets of Stripe: whsec_…',
      )
      .refine((secrets) => secrets.length >= 1 && secrets.length <= 2, 'must list one or two secrets'),
    /** Debits and bank transfers, which take days to succeed: docs/payments.md has what follows from offering them. */
    STRIPE_DELAYED_METHODS: z.enum(['on', 'off'], 'must be on or off').default('off'),
    ORDER_HOLD_SECONDS: z.coerce.number('must be a number').int().min(1).max(86_400).default(900),
    /** Open holds that a buyer may have of one event; 0: any number, and nothing is counted. */
    ORDER_OPEN_HOLDS: z.coerce.number('must be a number').int().min(0).max(1_000_000).default(3),
    /** Unset: each replica counts for itself, calls to Stripe too. */
    REDIS_URL: redisUrl.optional(),
    RATE_LIMIT_ORDERS_ACCOUNT: limitVariable('60/60'),
    // Generous: a school or an office is one address at an on-sale.
    RATE_LIMIT_ORDERS_ADDRESS: limitVariable('3000/60'),
    /** Unset: payments are settled before Stripe is answered. */
    KAFKA_BROKERS: list.optional(),
  }),
);
export type OrdersConfig = z.infer<typeof OrdersConfig>;
