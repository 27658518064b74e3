import { ConfigError } from '@ticketing/service-kit/config';

/** Keys with which money moves: https://docs.stripe.com/keys */
export const isLiveKey = (secretKey: string | undefined): boolean => /^\s*[a-z]k_live_/.test(secretKey ?? '');

export interface DemoChoice {
  /** `--demo` */
  isAsked: boolean;
  /** An administrator's URL of someone's own database. */
  databaseUrl: string | undefined;
  stripeKey: string | undefined;
}

/**
 * Whether there is to be demo data: in the embedded database, and elsewhere only if asked for; never with a live key.
 * @throws {ConfigError} when it is asked for with a live key
 */
export function wantsDemo({ isAsked, databaseUrl, stripeKey }: DemoChoice): boolean {
  if (!isLiveKey(stripeKey)) return isAsked || databaseUrl === undefined;
  if (!isAsked) return false;
  throw new ConfigError(
    '--demo puts events on sale that do not exist, and STRIPE_SECRET_KEY is a live key, with which buyers really pay: ' +
      'leave out --demo, or use a test key (sk_test_…).',
  );
}
