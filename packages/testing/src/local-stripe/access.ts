import { ApiError } from './api-error.ts';

/** Who calls: our servers with the secret or a restricted key, or a buyer's browser with the publishable one. */
export type Caller = 'server' | 'restricted' | 'browser';

/**
 * Reads the key from `Authorization`, as Bearer or as Basic's user name. Any `sk_test_…` or `rk_test_…` will do unless one
 * is given.
 *
 * @throws 401 as Stripe does.
 */
export function callerOf(authorization: string | undefined, secretKey: string | undefined): Caller {
  const key = keyOf(authorization);
  if (key === undefined) throw denied('You did not provide an API key.');
  if (key.startsWith('pk_test_')) return 'browser';
  const right = secretKey === undefined ? /^[sr]k_test_/.test(key) : key === secretKey;
  if (!right) throw denied(`Invalid API Key provided: ${key.slice(0, 8)}***${key.slice(-4)}`);
  return key.startsWith('rk_') ? 'restricted' : 'server';
}

function keyOf(authorization = ''): string | undefined {
  const [scheme, value = ''] = authorization.split(' ');
  if (scheme?.toLowerCase() === 'bearer') return value;
  if (scheme?.toLowerCase() === 'basic') return Buffer.from(value, 'base64').toString().split(':')[0];
  return undefined;
}

function denied(message: string): ApiError {
  return new ApiError(401, { type: 'invalid_request_error', message }, false);
}
