import { randomBytes } from 'node:crypto';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** A random id in Stripe's style, like `pi_3mQ8…`: the prefix and 24 letters and digits. */
export function stripeId(prefix: 'acct' | 'pi' | 'ch' | 'py' | 're' | 'pyr' | 'du' | 'evt' | 'req' | 'txn'): string {
  return `${prefix}_${randomText(24)}`;
}

/** The secret with which a buyer's browser may confirm this one payment intent. */
export function clientSecret(intentId: string): string {
  return `${intentId}_secret_${randomText(25)}`;
}

function randomText(length: number): string {
  let text = '';
  for (const byte of randomBytes(length)) text += alphabet[byte % alphabet.length] ?? '';
  return text;
}
