import type { Call } from './call.ts';
import { allowOnly } from './parameters.ts';

/** The account that the secret key belongs to (https://docs.stripe.com/api/accounts/object). It has no `livemode`. */
export function retrieveAccount({ books, parameters }: Call): unknown {
  allowOnly(parameters, ['expand']);
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
