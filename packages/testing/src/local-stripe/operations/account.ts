import { ApiError } from '../api-error.ts';
import type { Call } from './call.ts';
import { allowOnly } from './parameters.ts';

/** The account that the secret key belongs to (https://docs.stripe.com/api/accounts/object). It has no `livemode`. */
export function retrieveAccount({ books, caller, parameters }: Call): unknown {
  allowOnly(parameters, ['expand']);
  if (caller === 'restricted') {
    const message =
      `The provided key 'rk_test_***' does not have the required permissions for this endpoint on account ` +
      `'${books.accountId}'. This is a restricted API key, but the required permissions are not available for use by ` +
      `restricted keys.`;
    throw new ApiError(403, { type: 'invalid_request_error', message }, false);
  }
  return {
    id: books.accountId,
    object: 'account',
    business_profile: { name: 'Local Stripe' },
    charges_enabled: true,
    country: 'DE',
    default_currency: 'eur',
    details_submitted: true,
    metadata: {},
    payouts_enabled: true,
    type: 'standard',
  };
}
