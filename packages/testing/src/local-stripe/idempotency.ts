import { ApiError } from './api-error.ts';
import type { ErrorBody } from './books.ts';

/** An answer as it goes out, and as it is kept. */
export interface Answer {
  status: number;
  body: string;
  requestId: string;
}

interface Entry {
  fingerprint: string;
  /** Missing while the first request is being worked on. */
  answer?: Answer;
}

/** The oldest are forgotten first; Stripe forgets after 24 hours. */
const MAX_KEPT = 50_000;

export interface IdempotencyKeys {
  /**
   * Takes the key for a request, or returns the answer that the first one got.
   *
   * @throws 400 idempotency_error for other parameters, 409 idempotency_key_in_use while the first is under way.
   */
  take: (key: string, fingerprint: string) => Answer | undefined;
  /** Ends the request: keeps its answer (5xx too), or frees the key when no work was done. */
  settle: (key: string, answer: Answer | undefined) => void;
  entries: () => [string, Entry][];
}

/** Stripe's rules (https://docs.stripe.com/api/idempotent_requests), for keys that are unique per account. */
export function idempotencyKeys(kept: [string, Entry][] = []): IdempotencyKeys {
  const known = new Map<string, Entry>(kept);
  return {
    take(key, fingerprint) {
      if (key.length > 255) {
        throw refused(400, 'idempotency_error', { message: 'Idempotency keys have at most 255 characters.' });
      }
      const entry = known.get(key);
      if (!entry) {
        known.set(key, { fingerprint });
        forgetOldest(known);
        return undefined;
      }
      if (entry.fingerprint !== fingerprint) {
        const message = `Keys for idempotent requests can only be used with the parameters they were first used with: '${key}'.`;
        throw refused(400, 'idempotency_error', { message });
      }
      if (!entry.answer) {
        const message = `There is currently another in-progress request using this Idempotent Key '${key}'.`;
        throw refused(409, 'invalid_request_error', { code: 'idempotency_key_in_use', message });
      }
      return entry.answer;
    },
    settle(key, answer) {
      const entry = known.get(key);
      if (answer === undefined) known.delete(key);
      else if (entry) entry.answer = answer;
    },
    entries: () => [...known].filter(([, entry]) => entry.answer !== undefined),
  };
}

function forgetOldest(known: Map<string, Entry>): void {
  if (known.size <= MAX_KEPT) return;
  for (const [key, { answer }] of known) {
    if (!answer) continue;
    known.delete(key);
    return;
  }
}

function refused(status: number, type: ErrorBody['type'], body: { code?: string; message: string }): ApiError {
  return new ApiError(status, { type, ...body }, false);
}
