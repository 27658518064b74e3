import { ApiError } from './api-error.ts';

/** What the next API calls suffer. */
export interface Fault {
  /** Start of the path it is for, like `/v1/refunds`; all of `/v1/` when missing. */
  path?: string | undefined;
  /** Answered instead of the truth: 429, or 500–599. */
  status?: number | undefined;
  /** With a status: the work is done all the same, and only the answer is false. */
  executed?: boolean | undefined;
  /** How long the answer is held back; the work is done at once. */
  timeoutMs?: number | undefined;
  /** How many calls. */
  times: number;
}

export interface Faults {
  add: (fault: Fault) => void;
  clear: () => void;
  /** The fault for a call to `path`, which is thereby used once. */
  next: (path: string) => Fault | undefined;
}

export function faults(): Faults {
  const waiting: Fault[] = [];
  return {
    add: (fault) => void waiting.push({ ...fault }),
    clear: () => void waiting.splice(0),
    next(path) {
      const index = waiting.findIndex((fault) => path.startsWith(fault.path ?? '/v1/'));
      const fault = waiting[index];
      if (!fault) return undefined;
      fault.times -= 1;
      if (fault.times <= 0) waiting.splice(index, 1);
      return fault;
    },
  };
}

/** The error that a fault with a status stands for. A 429 is given before any work, so no key keeps it. */
export function faultError(status: number): ApiError {
  if (status === 429) {
    const message = 'Request rate limit exceeded (as asked for at /_local/fail).';
    return new ApiError(429, { type: 'invalid_request_error', code: 'rate_limit', message }, false);
  }
  return new ApiError(status, { type: 'api_error', message: 'An unknown error occurred (as asked for).' });
}
