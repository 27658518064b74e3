import { createHash } from 'node:crypto';
import { createExactLimiter, type ExactLimiter } from '@ticketing/service-kit/rate-limit/exact-limiter';
import type { BoundedRedis } from '@ticketing/service-kit/redis';
import type { Config } from './config.ts';

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

export type LimitSettings = Pick<
  Config,
  | 'RATE_LIMIT_LOGIN_ACCOUNT_ADDRESS'
  | 'RATE_LIMIT_LOGIN_ACCOUNT'
  | 'RATE_LIMIT_LOGIN_ADDRESS'
  | 'RATE_LIMIT_REGISTER_ADDRESS'
  | 'RATE_LIMIT_TOKEN_ADDRESS'
>;

/**
 * Counted by all replicas together where there is Redis, else by this process. Counting starts with the first call of a
 * window. Those for guesses follow
 * https://github.com/animir/node-rate-limiter-flexible/wiki/Overall-example#login-endpoint-protection.
 */
export function createLimits(settings: LimitSettings, redis?: BoundedRedis): Limits {
  const limiter = (name: string, limit: { quota: number; windowSeconds: number }) =>
    createExactLimiter({ name, ...limit }, redis);
  const both = limiter('login-account-and-address', settings.RATE_LIMIT_LOGIN_ACCOUNT_ADDRESS);
  const account = limiter('login-account', settings.RATE_LIMIT_LOGIN_ACCOUNT);
  const address = limiter('login-address', settings.RATE_LIMIT_LOGIN_ADDRESS);
  const register = limiter('register-address', settings.RATE_LIMIT_REGISTER_ADDRESS);
  const token = limiter('token-address', settings.RATE_LIMIT_TOKEN_ADDRESS);

  const guesses = (email: string, from: string): Count[] => [
    { limiter: both, key: digest(`${from} ${email}`) },
    { limiter: account, key: digest(email) },
    { limiter: address, key: from },
  ];
  return {
    beforeGuess: async (email, from) => {
      await Promise.all(guesses(email, from).map(({ limiter, key }) => limiter.check(key)));
    },
    guess: async (email, from, attempt) => {
      const counted: Count[] = [];
      let isRight = true;
      try {
        for (const count of guesses(email, from)) {
          await count.limiter.consume(count.key);
          counted.push(count);
        }
        isRight = await attempt();
      } finally {
        // Also when it was refused or failed for reasons of ours: that tells nobody anything about the password.
        if (isRight) await Promise.all(counted.map(({ limiter, key }) => limiter.giveBack(key)));
      }
      if (isRight) await both.clear(digest(`${from} ${email}`));
      return isRight;
    },
    register: register.consume,
    token: token.consume,
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
  limiter: ExactLimiter;
  key: string;
}

/** Short whatever the email's length, and no email is written to Redis. */
function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
