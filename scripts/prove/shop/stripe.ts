import { startLocalStripe, type LocalStripe } from '@ticketing/testing/local-stripe';
import type { Random } from '../random.ts';

/** Stripe goes on for days; nothing may be given up because a run is short. */
const MAX_ATTEMPTS = 100;
const MAX_FINISHED_EVENTS = 1_000_000;

/** A local Stripe that can start afresh: it keeps all in memory. */
export interface RenewableStripe {
  current: () => LocalStripe;
  /** Puts an empty one in the place of the one there is. */
  renew: () => Promise<void>;
  close: () => Promise<void>;
}

export async function startRenewableStripe(options: {
  webhookUrl: string;
  webhookSecret: string;
  random: Random;
}): Promise<RenewableStripe> {
  const { webhookUrl, webhookSecret, random } = options;
  const open = (port?: number) =>
    startLocalStripe({
      ...{ webhookSecret, webhookUrl, random: random.next, maxFinishedEvents: MAX_FINISHED_EVENTS },
      delivery: { maxAttempts: MAX_ATTEMPTS },
      ...(port !== undefined && { port }),
    });
  let stripe = await open();
  return {
    current: () => stripe,
    renew: async () => {
      const { port } = new URL(stripe.url);
      await stripe.close();
      stripe = await open(Number(port));
    },
    close: () => stripe.close(),
  };
}
