import Stripe from 'stripe';
import { describe, expect, test } from 'vitest';
import { stripeFault } from '../src/stripe-fault.ts';

type Raw = Parameters<typeof Stripe.errors.StripeError.generate>[0];

/** The error that Stripe's client makes of an answer. */
function answered(statusCode: number, raw: { type?: string; code?: string; message?: string } = {}): Error {
  return Stripe.errors.StripeError.generate({
    type: 'invalid_request_error',
    message: 'No.',
    statusCode,
    ...raw,
  } as Raw);
}

const INFRASTRUCTURE: [string, unknown][] = [
  ['the network', new Stripe.errors.StripeConnectionError({ type: 'api_error', message: 'ECONNREFUSED' })],
  ['a timeout', new DOMException('The operation was aborted due to timeout', 'TimeoutError')],
  ['an error that is not Stripe’s', new Error('connection terminated unexpectedly')],
  ['something thrown that is no error', 'away'],
  ['nothing', undefined],
  ['500', answered(500, { type: 'api_error' })],
  ['502 without a body of Stripe’s', answered(502, { type: 'api_error' })],
  ['503', answered(503, { type: 'api_error' })],
  ['424', answered(424, { type: 'api_error' })],
  ['409', answered(409)],
  ['a status never heard of', answered(418)],
  ['429', answered(429, { code: 'rate_limit' })],
  ['429 without a code', answered(429)],
  ['rate_limit as 400', answered(400, { code: 'rate_limit' })],
  ['lock_timeout', answered(429, { code: 'lock_timeout' })],
  ['lock_timeout as 400', answered(400, { code: 'lock_timeout' })],
  ['idempotency_key_in_use', answered(409, { code: 'idempotency_key_in_use' })],
  ['idempotency_key_in_use as 400', answered(400, { type: 'idempotency_error', code: 'idempotency_key_in_use' })],
  ['a wrong key', answered(401, { message: 'Invalid API Key provided: sk_live_********1234' })],
  ['an expired key', answered(401, { code: 'api_key_expired' })],
  ['a key without the permission', answered(403)],
  ['a publishable key', answered(403, { code: 'secret_key_required' })],
  ['the other mode', answered(400, { code: 'livemode_mismatch' })],
  ['test mode only', answered(400, { code: 'testmode_charges_only' })],
  [
    'the other mode, without a code',
    answered(400, { message: 'No such charge; a similar object exists in test mode, but a live mode key was used.' }),
  ],
  ['a missing object', answered(404, { code: 'resource_missing', message: "No such payment_intent: 'pi_1'" })],
  ['a missing object in a parameter', answered(400, { code: 'resource_missing' })],
  ['an unknown address', answered(404, { message: 'Unrecognized request URL' })],
  ['no balance', answered(400, { code: 'balance_insufficient' })],
  ['no balance, as insufficient_funds', answered(400, { code: 'insufficient_funds' })],
  [
    'no balance, without a code',
    answered(400, { message: 'Insufficient funds in your Stripe account to refund this charge.' }),
  ],
  ['an account that may not', answered(400, { code: 'capability_not_active' })],
  ['an account that is blocked', answered(400, { code: 'request_blocked' })],
  ['a passing fault of the card network', answered(402, { type: 'card_error', code: 'processing_error' })],
];

const OBJECT: [string, unknown][] = [
  ...[
    'account_closed',
    'amount_too_large',
    'amount_too_small',
    'charge_already_refunded',
    'charge_disputed',
    'charge_expired_for_capture',
    'charge_not_refundable',
    'intent_invalid_state',
    'invalid_charge_amount',
    'parameter_invalid_integer',
    'payment_intent_unexpected_state',
    'refund_disputed_payment',
  ].map((code): [string, unknown] => [code, answered(400, { code })]),
  ['a refusal without a code', answered(400, { message: 'This payment can no longer be refunded.' })],
  ['a code never heard of', answered(400, { code: 'refund_of_a_tuesday' })],
  ['a key used for other parameters', answered(400, { type: 'idempotency_error' })],
  ['a declined card', answered(402, { type: 'card_error', code: 'card_declined' })],
  ['a buyer without money', answered(402, { type: 'card_error', code: 'insufficient_funds' })],
];

describe('what fails every call alike is infrastructure', () => {
  test.each(INFRASTRUCTURE)('%s', (_name, error) => {
    expect(stripeFault(error)).toBe('infrastructure');
  });
});

describe('what Stripe says of this object is about the object', () => {
  test.each(OBJECT)('%s', (_name, error) => {
    expect(stripeFault(error)).toBe('object');
  });
});
