import { RateLimiterMemory, RateLimiterRes, type RateLimiterAbstract } from 'rate-limiter-flexible';
import { ProblemError } from '@ticketing/service-kit/problem';

/** Slows down whoever guesses passwords, makes accounts or trades tokens too often. All throw RATE_LIMITED. */
export interface Limits {
  /** Refuses a sign-in that may not even be tried, before it costs anything. */
  beforeGuess: (email: string, address: string) => Promise<void>;
  /** Tries a password: counted while it is tried, and only a wrong one stays counted. A right one clears the account. */
  guess: (email: string, address: string, attempt: () => Promise<boolean>) => Promise<boolean>;
  register: (address: string) => Promise<void>;
  /** For refresh and logout. */
  token: (address: string) => Promise<void>;
}

/**
 * The limits of one process, in memory. This is the place to construct limiters that share their counts in Redis.
 * Counting starts with the first one and ends `duration` seconds later. Those for guesses follow
 * https://github.com/animir/node-rate-limiter-flexible/wiki/Overall-example#login-endpoint-protection.
 */
export function createLimits(): Limits {
  const limiter = (keyPrefix: string, points: number, minutes = 15) =>
    new RateLimiterMemory({ keyPrefix, points, duration: minutes * 60 });
  const both = limiter('login-account-and-address', 10);
  const account = limiter('login-account', 50);
  const address = limiter('login-address', 100);
  // Generous: a school, or a load test, is one address too.
  const register = limiter('register-address', 1_000);
  const token = limiter('token-address', 3_000);

  const guesses = (email: string, from: string): Count[] => [
    { limiter: both, key: `${from} ${email}` },
    { limiter: account, key: email },
    { limiter: address, key: from },
  ];
  return {
    beforeGuess: async (email, from) => {
      for (const { limiter, key } of guesses(email, from)) {
        const result = await limiter.get(key);
        if (result && result.consumedPoints >= limiter.points) throw rateLimited(limiter, result);
      }
    },
    guess: async (email, from, attempt) => {
      const counted: Count[] = [];
      let isRight = true;
      try {
        for (const count of guesses(email, from)) {
          await consume(count.limiter, count.key);
          counted.push(count);
        }
        isRight = await attempt();
      } finally {
        // Also when it was refused or failed for reasons of ours: that tells nobody anything about the password.
        if (isRight) for (const { limiter, key } of counted) await limiter.reward(key);
      }
      if (isRight) await both.delete(`${from} ${email}`);
      return isRight;
    },
    register: (from) => consume(register, from),
    token: (from) => consume(token, from),
  };
}

/** For RATE_LIMITS=off: every try is welcome. */
export const noLimits: Limits = {
  beforeGuess: () => Promise.resolve(),
  guess: (_email, _address, attempt) => attempt(),
  register: () => Promise.resolve(),
  token: () => Promise.resolve(),
};

interface Count {
  limiter: RateLimiterAbstract;
  key: string;
}

async function consume(limiter: RateLimiterAbstract, key: string): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (refused) {
    throw refused instanceof RateLimiterRes ? rateLimited(limiter, refused) : refused;
  }
}

/** Says when to come back, and which limit it was (https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers). */
function rateLimited(limiter: RateLimiterAbstract, { msBeforeNext }: RateLimiterRes): ProblemError {
  const { keyPrefix, points, duration } = limiter;
  const seconds = Math.max(1, Math.ceil(msBeforeNext / 1000));
  return new ProblemError('RATE_LIMITED', `Too many tries. Try again in ${inWords(seconds)}.`, {
    headers: {
      'Retry-After': String(seconds),
      'RateLimit-Policy': `"${keyPrefix}";q=${points};w=${duration}`,
      RateLimit: `"${keyPrefix}";r=0;t=${seconds}`,
    },
  });
}

function inWords(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  return `${Math.ceil(seconds / 60)} min`;
}
