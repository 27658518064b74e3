import { RateLimiterMemory, RateLimiterQueue, RateLimiterRes } from 'rate-limiter-flexible';
import { ProblemError } from '@ticketing/service-kit/problem';
import Stripe from 'stripe';

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

/** Keeps calls below Stripe's limit (https://docs.stripe.com/rate-limits). */
export interface StripeLimiter {
  /**
   * Lets a caller through who will not wait.
   * @throws {ProblemError} RATE_LIMITED with Retry-After when the second's calls are used up
   */
  admit: () => Promise<void>;
  /** Waits for a turn: for work in the background. */
  waitTurn: () => Promise<void>;
}

/** Background calls waiting for a turn; the sweep hands out fewer at a time. */
const MAX_QUEUED = 1_000;

export function createStripeLimiter(maxPerSecond: number): StripeLimiter {
  const limiter = new RateLimiterMemory({ keyPrefix: 'stripe', points: maxPerSecond, duration: 1 });
  const queue = new RateLimiterQueue(limiter, { maxQueueSize: MAX_QUEUED });
  return {
    admit: async () => {
      try {
        // The queue's own key, so that both draw from one allowance.
        await limiter.consume('limiter');
      } catch (error) {
        if (!(error instanceof RateLimiterRes)) throw error;
        throw new ProblemError(
          'RATE_LIMITED',
          'Too many payments are being started. Your tickets stay held; try again.',
          {
            headers: { 'Retry-After': String(Math.ceil(error.msBeforeNext / 1000)) },
          },
        );
      }
    },
    waitTurn: async () => {
      await queue.removeTokens(1, 'limiter');
    },
  };
}

/** What a refusal or failure of Stripe means to whoever asked us; anything else is thrown on as it is. */
export function stripeProblem(error: unknown): unknown {
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
    });
  }
  const isAway = error instanceof Stripe.errors.StripeConnectionError || (error.statusCode ?? 500) >= 500;
  if (isAway) {
    return new ProblemError(
      'UNAVAILABLE',
      'The payment provider cannot be reached. Your tickets stay held; try again.',
      {
        cause: error,
        headers: { 'Retry-After': '2' },
      },
    );
  }
  return new ProblemError('PAYMENT_PROVIDER', `The payment provider refused: ${error.message}`, { cause: error });
}
