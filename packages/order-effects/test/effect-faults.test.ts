import { unavailable } from '@ticketing/service-kit/problem';
import { MailDeferred, MailRefused } from '@ticketing/mail/transport';
import Stripe from 'stripe';
import { expect, test } from 'vitest';
import { faultOf } from '../src/effects.ts';
import { PaymentProcessing } from '../src/stripe-intent.ts';

const { errors } = Stripe;

test.each<[string, unknown, string]>([
  ['a mail that will never be taken', new MailRefused('550 no such mailbox'), 'permanent'],
  ['a mail that is not taken now', new MailDeferred('452 mailbox full'), 'object'],
  ['a bank that is processing a payment', new PaymentProcessing('processing'), 'waiting'],
  [
    'no way to Stripe',
    new errors.StripeConnectionError({ type: 'api_error', message: 'ECONNRESET' }),
    'infrastructure',
  ],
  [
    'a wrong key',
    new errors.StripeAuthenticationError({ type: 'invalid_request_error', message: 'no' }),
    'infrastructure',
  ],
  [
    'a charge that was charged back',
    new errors.StripeInvalidRequestError({ type: 'invalid_request_error', code: 'charge_disputed', message: 'no' }),
    'object',
  ],
  ['too much that waits', unavailable('Too many requests are waiting.'), 'infrastructure'],
  ['no database', Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }), 'infrastructure'],
  ['a fault of our own', new TypeError('undefined is not a function'), 'object'],
])('%s is told for what it is', (_what, error, fault) => {
  expect(faultOf(error)).toBe(fault);
});
