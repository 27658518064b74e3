import type { StripeMode } from '../stripe.ts';
import { z } from 'zod';

/**
 * Where a verified event comes from, as seen by an installation with a key of `mode`. `test-mode`: test money, while this
 * installation sells for real money. `live-mode`: real money, while this installation has a test key. `other-account`: it
 * happened in a connected account, not in the one that the key belongs to
 * (https://docs.stripe.com/connect/webhooks#connect-webhooks). With a key of unknown mode, both modes are `here`.
 */
export type StripeOrigin = 'here' | 'other-account' | 'test-mode' | 'live-mode';

/** Optional all over: what an event does not say, it does not contradict. */
const Origin = z.object({
  livemode: z.boolean().optional().catch(undefined),
  account: z.unknown().optional(),
  data: z
    .object({ object: z.object({ livemode: z.boolean().optional().catch(undefined) }) })
    .optional()
    .catch(undefined),
});

/** Tells where an event comes from, without asking anybody. */
export function originOf(event: unknown, mode: StripeMode | undefined): StripeOrigin {
  // What is no object is no event either: nothing of it is used.
  const { livemode, account, data } = Origin.safeParse(event).data ?? {};
  // Stripe leaves it out for an account's own events; whoever sells in a connected account can name any order of ours there.
  if (account !== undefined && account !== null && account !== '') return 'other-account';
  const modes = [livemode, data?.object.livemode];
  if (mode === 'live' && modes.includes(false)) return 'test-mode';
  if (mode === 'test' && modes.includes(true)) return 'live-mode';
  return 'here';
}
