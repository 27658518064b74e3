/** What stands where a secret was. */
const HIDDEN = '[secret]';

const SECRET_NAMES = /secret|token|password|authorization|cookie|api[-_]?key/i;

/** Stripe's keys and webhook secrets, and what gives a browser the right to pay an intent. */
const SECRETS = /\b(?:sk|rk)_(?:live|test)_\w+|\bwhsec_\w+|\b(?:pi|seti)_\w+_secret_\w+/g;

/** A text without the secrets that can be told by their form. */
export function hideSecrets(text: string): string {
  return text.replace(SECRETS, HIDDEN);
}

/** A member of an object, or a header: hidden if its name says that it is secret. To be used as `JSON.parse`'s reviver. */
export function withoutSecrets(name: string, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  return SECRET_NAMES.test(name) ? HIDDEN : hideSecrets(value);
}
