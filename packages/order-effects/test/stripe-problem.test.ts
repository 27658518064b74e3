import { problems } from '@ticketing/types/problem';
import { ProblemError } from '@ticketing/service-kit/problem';
import Stripe from 'stripe';
import { describe, expect, test } from 'vitest';
import { stripeMode, stripeProblem } from '../src/stripe.ts';

const WORDS = 'Invalid API Key provided: sk_live_4eC39HqLyjWDarjtT1zdp7dc of acct_1';

/** An answer of Stripe's with words that are for us. */
function answered(statusCode: number, raw: object = {}): Error {
  return Stripe.errors.StripeError.generate({
    type: 'invalid_request_error',
    message: WORDS,
    statusCode,
    ...raw,
  });
}

function problemOf(error: unknown, wish?: 'start' | 'cancel'): ProblemError {
  const problem = stripeProblem(error, wish);
  if (!(problem instanceof ProblemError)) throw new Error('it is no problem');
  return problem;
}

const DECLINED = 'The card was declined. Your tickets stay held; use another card, or contact your bank.';

/** https://docs.stripe.com/declines/codes */
const DECLINE_CODES = [
  ...['approve_with_id', 'call_issuer', 'card_velocity_exceeded', 'do_not_honor', 'do_not_try_again'],
  ...['duplicate_transaction', 'fraudulent', 'generic_decline', 'incorrect_address', 'incorrect_pin'],
  ...[
    'invalid_account',
    'invalid_amount',
    'invalid_pin',
    'lost_card',
    'merchant_blacklist',
    'mobile_device_authentication_required',
  ],
  ...['new_account_information_available', 'no_action_taken', 'not_permitted', 'offline_pin_required'],
  ...['online_or_offline_pin_required', 'pickup_card', 'pin_try_exceeded', 'reenter_transaction', 'restricted_card'],
  ...['revocation_of_all_authorizations', 'revocation_of_authorization', 'security_violation', 'service_not_allowed'],
  ...[
    'stolen_card',
    'stop_payment_order',
    'testmode_decline',
    'transaction_not_allowed',
    'withdrawal_count_limit_exceeded',
  ],
  ...['constructor', '__proto__', 'a_code_of_tomorrow'],
];

const TOLD: Record<string, RegExp> = {
  authentication_required: /asks for a confirmation/,
  card_not_supported: /does not support this purchase/,
  currency_not_supported: /does not support this currency/,
  expired_card: /has expired/,
  incorrect_cvc: /security code/,
  incorrect_number: /card number/,
  incorrect_zip: /postal code/,
  insufficient_funds: /insufficient funds/,
  invalid_cvc: /security code/,
  invalid_expiry_month: /expiration date/,
  invalid_expiry_year: /expiration date/,
  invalid_number: /card number/,
  issuer_not_available: /just now/,
  processing_error: /just now/,
  try_again_later: /just now/,
};

describe('a card that was refused', () => {
  test.each(DECLINE_CODES)('because of %s is just declined', (declineCode) => {
    // Whatever else the answer says.
    for (const code of ['card_declined', 'expired_card', undefined]) {
      const problem = problemOf(answered(402, { type: 'card_error', code, decline_code: declineCode }));
      expect([problem.code, problem.message]).toEqual(['PAYMENT_PROVIDER', DECLINED]);
    }
  });

  test.each(Object.entries(TOLD))('because of %s is told in our words', (code, words) => {
    for (const raw of [{ code }, { code: 'card_declined', decline_code: code }]) {
      const problem = problemOf(answered(402, { type: 'card_error', ...raw }));
      expect(problem.code).toBe('PAYMENT_PROVIDER');
      expect(problem.message).toMatch(words);
    }
  });
});

const OTHERS: [string, Error, string][] = [
  ['a wrong key', answered(401), 'PAYMENT_PROVIDER'],
  ['an expired key', answered(401, { code: 'api_key_expired' }), 'PAYMENT_PROVIDER'],
  ['a missing permission', answered(403), 'PAYMENT_PROVIDER'],
  ['a wrong parameter', answered(400, { code: 'parameter_invalid_integer' }), 'PAYMENT_PROVIDER'],
  // The account's own lack of money is nothing that a buyer can do about.
  ['no balance', answered(400, { code: 'insufficient_funds' }), 'PAYMENT_PROVIDER'],
  ['a missing object', answered(404, { code: 'resource_missing' }), 'PAYMENT_PROVIDER'],
  ['a key for other parameters', answered(400, { type: 'idempotency_error' }), 'PAYMENT_PROVIDER'],
  ['an unusual status', answered(409), 'PAYMENT_PROVIDER'],
  ['a key in use', answered(409, { code: 'idempotency_key_in_use' }), 'REQUEST_IN_FLIGHT'],
  ['too many calls', answered(429), 'RATE_LIMITED'],
  ['a fault of Stripe’s', answered(500, { type: 'api_error' }), 'UNAVAILABLE'],
  ['no network', new Stripe.errors.StripeConnectionError({ type: 'api_error', message: WORDS }), 'UNAVAILABLE'],
];

test.each(OTHERS)('%s is told in our words, and logged with its cause if it is ours to mend', (_name, error, code) => {
  for (const wish of ['start', 'cancel'] as const) {
    const problem = problemOf(error, wish);
    expect(problem.code).toBe(code);
    expect(problem.message).not.toMatch(/sk_|acct_|API/);
    expect(problem.cause).toBe(error);
    const isLogged = problem.options.logAs !== undefined || problems[problem.code].status >= 500;
    expect(isLogged).toBe(code !== 'REQUEST_IN_FLIGHT');
  }
});

test('what is not Stripe’s goes on as it is', () => {
  const error = new Error('the database');
  expect(stripeProblem(error)).toBe(error);
});

test.each([
  ['sk_live_1', 'live'],
  ['rk_live_1', 'live'],
  ['sk_test_1', 'test'],
  ['rk_test_1', 'test'],
  ['pk_live_1', undefined],
  ['sk_org_live_1', undefined],
  [' sk_live_1', undefined],
  ['sk_live', undefined],
  ['', undefined],
])('the mode of the key %j is %s', (key, mode) => {
  expect(stripeMode(key)).toBe(mode);
});
