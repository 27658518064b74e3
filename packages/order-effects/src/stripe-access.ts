import type Stripe from 'stripe';
import type { StripeAccount } from './stripe-account.ts';
import type { StripeLimiter } from './stripe-limiter.ts';

/** How Stripe is reached. */
export interface StripeAccess {
  stripe: Stripe;
  limiter: StripeLimiter;
  /** Whose the key is. */
  account: StripeAccount;
}
