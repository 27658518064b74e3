import { ConfigError } from '@ticketing/service-kit/config';
import { errorText } from '@ticketing/service-kit/log-error';
import type { Logger } from '@ticketing/service-kit/log';
import Stripe from 'stripe';
import { stripeMode } from './stripe.ts';

export interface StripeKeyOptions {
  stripe: Stripe;
  secretKey: string;
  /** Where Stripe's API is, if not at Stripe. */
  apiBase?: string | undefined;
  isProduction: boolean;
  log: Logger;
}

/** Longest that a start waits for Stripe, which may be down or slow while we restart. */
const PATIENCE_MS = 5_000;

/**
 * Asks Stripe, within 5 s, whether it accepts the key. Returns the id of the key's account; null where Stripe cannot be
 * asked, or does not say: that is a warning, since a service without Stripe still holds, reads and checks in.
 * @throws {ConfigError} Stripe does not accept the key (https://docs.stripe.com/api/errors, 401)
 */
export async function checkStripeKey(options: StripeKeyOptions): Promise<string | null> {
  warnOfMode(options);
  const { log, apiBase } = options;
  try {
    return await withinPatience(readAccount(options));
  } catch (error) {
    if (error instanceof Stripe.errors.StripeAuthenticationError) throw refusedKey(error, apiBase);
    log.warn(
      { reason: errorText(error), stripe: apiBase === undefined ? 'https://api.stripe.com' : new URL(apiBase).origin },
      'Stripe could not be asked whether it accepts STRIPE_SECRET_KEY; starting without knowing',
    );
    return null;
  }
}

/** A restricted key may be good without being allowed to read its account. */
async function readAccount({ stripe, log }: StripeKeyOptions): Promise<string | null> {
  try {
    return (await stripe.accounts.retrieveCurrent({}, ONCE)).id;
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripePermissionError)) throw error;
    const missing = await missingPermissions(stripe);
    if (missing.length > 0) {
      const resources = missing.map(({ resource }) => resource).join(', ');
      log.warn(
        { reasons: missing.map(({ reason }) => reason) },
        `STRIPE_SECRET_KEY is not allowed to read ${resources}. Add these permissions to the key in the Stripe dashboard`,
      );
    } else {
      log.info('STRIPE_SECRET_KEY is a restricted key, which does not tell its account');
    }
    return null;
  }
}

const ONCE = { timeout: PATIENCE_MS, maxNetworkRetries: 0 };

/** What we read of Stripe's. Whether we may write cannot be tried without writing. */
const READS: Record<string, (stripe: Stripe) => PromiseLike<unknown>> = {
  PaymentIntents: (stripe) => stripe.paymentIntents.list({ limit: 1 }, ONCE),
  Refunds: (stripe) => stripe.refunds.list({ limit: 1 }, ONCE),
  Disputes: (stripe) => stripe.disputes.list({ limit: 1 }, ONCE),
  Events: (stripe) => stripe.events.list({ limit: 1 }, ONCE),
};

async function missingPermissions(stripe: Stripe): Promise<{ resource: string; reason: string }[]> {
  const resources = Object.keys(READS);
  const read = await Promise.allSettled(Object.values(READS).map((list) => list(stripe)));
  return read.flatMap((result, index) => {
    const isMissing = result.status === 'rejected' && result.reason instanceof Stripe.errors.StripePermissionError;
    return isMissing ? [{ resource: resources[index] ?? '', reason: errorText(result.reason) }] : [];
  });
}

/** Without Stripe's words, which show the end of the key. */
function refusedKey({ code }: Stripe.errors.StripeAuthenticationError, apiBase: string | undefined): ConfigError {
  const where = apiBase === undefined ? 'Stripe' : `${new URL(apiBase).origin} (STRIPE_API_BASE)`;
  const what = code === 'api_key_expired' ? 'this key has expired or was revoked' : `${where} does not accept this key`;
  return new ConfigError(
    `STRIPE_SECRET_KEY: ${what}. Set the secret key of your Stripe account: in the dashboard, Developers → API keys.`,
  );
}

function warnOfMode({ secretKey, apiBase, isProduction, log }: StripeKeyOptions): void {
  const mode = stripeMode(secretKey);
  if (mode === 'live' && apiBase !== undefined) {
    log.warn(`STRIPE_API_BASE sends a live key to ${new URL(apiBase).origin} instead of Stripe`);
  }
  if (mode === 'test' && apiBase === undefined && isProduction) {
    log.warn('STRIPE_SECRET_KEY is a test key: payments move no money');
  }
}

async function withinPatience<Result>(asked: Promise<Result>): Promise<Result> {
  const tooLong = Promise.withResolvers<never>();
  const timer = setTimeout(() => tooLong.reject(new Error(`no answer within ${PATIENCE_MS / 1_000} s`)), PATIENCE_MS);
  try {
    return await Promise.race([asked, tooLong.promise]);
  } finally {
    clearTimeout(timer);
  }
}
