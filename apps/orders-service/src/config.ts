import { mailVariables, needMailFrom } from '@ticketing/mail/config';
import { stripeVariables } from '@ticketing/order-effects/config';
import { apiVariables, commonVariables } from '@ticketing/service-kit/config';
import { limitVariable } from '@ticketing/service-kit/rate-limit/limit';
import { brokers, choice, list, redisUrl, wholeNumber } from '@ticketing/service-kit/variable';
import { z } from 'zod';

const WEBHOOK_SECRETS =
  'must be a signing secret of Stripe, whsec_ and at least 10 characters, or two of them separated by a comma';

/** What orders-service reads from its environment. */
export const OrdersConfig = needMailFrom(
  z.object({
    ...commonVariables(3002),
    ...apiVariables(),
    ...stripeVariables(),
    ...mailVariables(),
    /** Two while the secret rotates. */
    STRIPE_WEBHOOK_SECRET: list({
      must: WEBHOOK_SECRETS,
      read: (text) => (/^whsec_\S{10,}$/.test(text) ? text : undefined),
      isSecret: true,
    }).refine((secrets) => secrets.length <= 2, WEBHOOK_SECRETS),
    /** Debits and bank transfers, which take days to succeed: docs/payments.md has what follows from offering them. */
    STRIPE_DELAYED_METHODS: choice('on', 'off').prefault('off'),
    ORDER_HOLD_SECONDS: wholeNumber(1, 86_400).prefault('900'),
    /** Open holds that a buyer may have of one event; 0: any number, and nothing is counted. */
    ORDER_OPEN_HOLDS: wholeNumber(0, 1_000_000).prefault('3'),
    /** Unset: each replica counts for itself, calls to Stripe too. */
    REDIS_URL: redisUrl.optional(),
    RATE_LIMIT_ORDERS_ACCOUNT: limitVariable('60/60'),
    // Generous: a school or an office is one address at an on-sale.
    RATE_LIMIT_ORDERS_ADDRESS: limitVariable('3000/60'),
    /** Unset: payments are settled before Stripe is answered. */
    KAFKA_BROKERS: brokers.optional(),
  }),
);
export type OrdersConfig = z.infer<typeof OrdersConfig>;
