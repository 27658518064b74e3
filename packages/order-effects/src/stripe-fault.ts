import Stripe from 'stripe';

/**
 * Whose fault a failed call to Stripe was. `infrastructure`: the network, Stripe itself, its limits, or what is set up for
 * all calls alike (key, mode, account, balance). The same call can succeed once that is mended, so it must use up nobody's
 * attempts. `object`: Stripe's answer about this very payment or refund, which asking again is unlikely to change.
 * What is not Stripe's error at all (a timeout, a database) is infrastructure.
 *
 * https://docs.stripe.com/error-codes, https://docs.stripe.com/api/errors
 */
export function stripeFault(error: unknown): 'infrastructure' | 'object' {
  if (!(error instanceof Stripe.errors.StripeError)) return 'infrastructure';
  if (error.code !== undefined && PASSING.has(error.code)) return 'infrastructure';
  // Before the codes of accounts: to a card, `insufficient_funds` means the buyer's own money.
  if (error instanceof Stripe.errors.StripeCardError) return 'object';
  if (error.code !== undefined && OF_THE_ACCOUNT.has(error.code)) return 'infrastructure';
  if (OF_THE_ACCOUNT_IN_WORDS.test(error.message)) return 'infrastructure';
  // 404 is never about an object of ours that is gone: Stripe deletes neither payments nor refunds.
  if (error.statusCode === 404) return 'infrastructure';
  const isAnswer =
    error instanceof Stripe.errors.StripeInvalidRequestError || error instanceof Stripe.errors.StripeIdempotencyError;
  return isAnswer ? 'object' : 'infrastructure';
}

/** Means "not now", whatever the status or the type of the error. */
const PASSING = new Set([
  'idempotency_key_in_use',
  'lock_timeout',
  'payment_intent_rate_limit_exceeded',
  'payment_method_provider_timeout',
  'processing_error',
  'rate_limit',
]);

/** True of all calls with this key, or to this account: somebody has to mend it in the settings or at Stripe. */
const OF_THE_ACCOUNT = new Set([
  // The key.
  ...['api_key_expired', 'platform_api_key_expired', 'secret_key_required', 'tls_version_unsupported'],
  // Its mode. An object of ours that is missing means another key, mode or account than the one that made it.
  ...['livemode_mismatch', 'testmode_charges_only', 'resource_missing'],
  // What the account may do.
  ...['account_invalid', 'account_country_invalid_address', 'account_information_mismatch'],
  ...['action_blocked', 'anomalous_money_movement_request', 'approval_required', 'capability_not_active'],
  ...['not_allowed_on_standard_account', 'payouts_not_allowed', 'platform_account_required', 'request_blocked'],
  ...['transfers_not_allowed'],
  // Its balance, from which refunds are paid. (`account_closed` is the customer's bank account.)
  ...['balance_insufficient', 'insufficient_funds'],
]);

/** The same without a code, which Stripe leaves out at times. */
const OF_THE_ACCOUNT_IN_WORDS =
  /a (?:live|test) mode key was used|in (?:live|test) ?mode, but|insufficient (?:available )?(?:funds|balance)|insufficient.* in your Stripe (?:account|balance)/i;
