import { ProblemError } from '@ticketing/service-kit/problem';
import Stripe from 'stripe';
import { cardProblem } from './card-problem.ts';

/** Version of Stripe's API that our calls speak; webhooks are read tolerantly whatever theirs. */
const API_VERSION = '2026-10-28.endive';
const TIMEOUT_MS = 10_000;
const NETWORK_RETRIES = 1;

export interface StripeOptions {
  secretKey: string;
  /** Where Stripe's API is, if not at Stripe. */
  apiBase?: string | undefined;
}

/** Stripe's own client, with bounds on time and retries. */
export function createStripe({ secretKey, apiBase }: StripeOptions): Stripe {
  return new Stripe(secretKey, {
    apiVersion: API_VERSION,
    timeout: TIMEOUT_MS,
    maxNetworkRetries: NETWORK_RETRIES,
    telemetry: false,
    ...(apiBase && address(new URL(apiBase))),
  });
}

function address({ protocol, hostname, port }: URL) {
  const isHttps = protocol === 'https:';
  return {
    host: hostname,
    protocol: isHttps ? ('https' as const) : ('http' as const),
    port: port || (isHttps ? 443 : 80),
  };
}

export type StripeMode = 'live' | 'test';

/** The mode of a secret or restricted key, by its prefix (https://docs.stripe.com/keys); undefined if it does not tell. */
export function stripeMode(secretKey: string): StripeMode | undefined {
  return /^[sr]k_(live|test)_/.exec(secretKey)?.[1] as StripeMode | undefined;
}

/**
 * What a refusal or failure of Stripe means to the buyer who asked us; anything else is thrown on as it is. Buyers never read
 * Stripe's own words, which are for us and may name keys and settings: those go to the log with the cause.
 */
export function stripeProblem(error: unknown, wish: 'start' | 'cancel' = 'start'): unknown {
  if (!(error instanceof Stripe.errors.StripeError)) return error;
  if (error.code === 'idempotency_key_in_use') {
    return new ProblemError('REQUEST_IN_FLIGHT', 'This payment is being started already. Try again shortly.', {
      cause: error,
      headers: { 'Retry-After': '1' },
    });
  }
  if (error instanceof Stripe.errors.StripeRateLimitError) {
    return new ProblemError('RATE_LIMITED', 'Too many payments are being started. Your tickets stay held; try again.', {
      cause: error,
      headers: { 'Retry-After': '1' },
      logAs: 'warn',
    });
  }
  const isAway = error instanceof Stripe.errors.StripeConnectionError || (error.statusCode ?? 500) >= 500;
  if (isAway) {
    return new ProblemError(
      'UNAVAILABLE',
      'The payment provider cannot be reached. Your tickets stay held; try again.',
      { cause: error, headers: { 'Retry-After': '2' } },
    );
  }
  if (error instanceof Stripe.errors.StripeCardError) {
    return new ProblemError('PAYMENT_PROVIDER', cardProblem(error), { cause: error, logAs: 'warn' });
  }
  return new ProblemError('PAYMENT_PROVIDER', OURS_TO_MEND[wish], { cause: error });
}

const OURS_TO_MEND = {
  start: 'The payment could not be started. Your tickets stay held; try again later, or contact the organizer.',
  cancel: 'The payment could not be canceled. Your tickets stay held; try again later, or contact the organizer.',
};
