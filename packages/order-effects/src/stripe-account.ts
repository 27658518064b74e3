import type Stripe from 'stripe';

/** Which of Stripe's accounts our key belongs to. */
export interface StripeAccount {
  /** Its id; null while Stripe does not say. Asked for once; waits for that for a bounded time. */
  id: () => Promise<string | null>;
}

/** The first buyer who pays waits for it, at most for so long. */
const PATIENCE_MS = 1_000;
/** Stripe is not asked again sooner after it did not say: a restricted key may not be allowed to know. */
const ASK_AGAIN_MS = 60_000;

/**
 * Asks Stripe for the key's account (https://docs.stripe.com/api/accounts/retrieve), when it is first needed, unless it is
 * `known` already.
 */
export function stripeAccount(stripe: Stripe, known: string | null = null): StripeAccount {
  let asked: Promise<string | null> | undefined = known === null ? undefined : Promise.resolve(known);
  let askAgainAtMs = 0;
  const ask = async () => {
    try {
      return (await stripe.accounts.retrieveCurrent({}, { maxNetworkRetries: 0 })).id;
    } catch {
      asked = undefined;
      askAgainAtMs = performance.now() + ASK_AGAIN_MS;
      return null;
    }
  };
  return {
    id: async () => {
      if (!asked && performance.now() < askAgainAtMs) return null;
      asked ??= ask();
      const tooLong = Promise.withResolvers<null>();
      const timer = setTimeout(() => tooLong.resolve(null), PATIENCE_MS);
      const id = await Promise.race([asked, tooLong.promise]);
      clearTimeout(timer);
      return id;
    },
  };
}
