import { ProblemError } from '../problem.ts';
import { variable } from '../variable.ts';

/** So many calls of one client in so many seconds, counted from the first. */
export interface Limit {
  /** Stands in `RateLimit-Policy`, and before the client's key in Redis. */
  name: string;
  quota: number;
  windowSeconds: number;
}

/** A client's calls in the window under way. */
export interface Used {
  count: number;
  msBeforeNext: number;
}

/** A variable that sets a limit, as `<calls>/<seconds>`. */
export const limitVariable = (preset: `${number}/${number}`) =>
  variable({
    must: 'must be <calls>/<seconds>, such as 60/60, with at most 9999999 calls and 99999 seconds',
    read: (text) => {
      if (!/^[1-9]\d{0,6}\/[1-9]\d{0,4}$/.test(text)) return undefined;
      const [quota = 0, windowSeconds = 0] = text.split('/').map(Number);
      return { quota, windowSeconds };
    },
  }).prefault(preset);

/**
 * 429 that says when to come back, and which limit it was: `Retry-After`, and the fields of
 * https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers.
 */
export function rateLimited({ name, quota, windowSeconds }: Limit, msBeforeNext: number): ProblemError {
  const seconds = Math.max(1, Math.ceil(msBeforeNext / 1000));
  return new ProblemError('RATE_LIMITED', `Too many tries. Try again in ${inWords(seconds)}.`, {
    headers: {
      'Retry-After': String(seconds),
      'RateLimit-Policy': `"${name}";q=${quota};w=${windowSeconds}`,
      RateLimit: `"${name}";r=0;t=${seconds}`,
    },
  });
}

function inWords(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  return `${Math.ceil(seconds / 60)} min`;
}
