import { ApiError } from './api-error.ts';
import type { ErrorType } from './books.ts';

/** What the next API calls suffer. */
export interface Fault {
  /** Start of the path it is for, like `/v1/refunds`; all of `/v1/` when missing. */
  path?: string | undefined;
  /** Answered instead of the truth: 400–599. */
  status?: number | undefined;
  /** With a status: the error's type, code and message (https://docs.stripe.com/error-codes), else what fits the status. */
  type?: ErrorType | undefined;
  code?: string | undefined;
  message?: string | undefined;
  /** With a `card_error`: why the card's bank declined. */
  declineCode?: string | undefined;
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

/**
 * The error that a fault with a status stands for. As with Stripe, a key keeps what was answered once the work had begun:
 * 5xx, and the 400 and 402 of an account or a card. A wrong key, a missing permission and a 429 come before that.
 */
export function faultError({ status = 500, type, code, message, declineCode }: Fault): ApiError {
  const fits = fitting(status);
  const body = {
    type: type ?? fits.type,
    message: message ?? fits.message,
    ...((code ?? fits.code) === undefined ? {} : { code: code ?? fits.code }),
    ...(declineCode === undefined ? {} : { decline_code: declineCode }),
  };
  return new ApiError(status, body, status >= 500 || status === 400 || status === 402);
}

function fitting(status: number): { type: ErrorType; code?: string; message: string } {
  if (status >= 500) return { type: 'api_error', message: 'An unknown error occurred (as asked for).' };
  if (status === 402) return { type: 'card_error', code: 'card_declined', message: 'Your card was declined.' };
  if (status === 429) {
    const message = 'Request rate limit exceeded (as asked for at /_local/fail).';
    return { type: 'invalid_request_error', code: 'rate_limit', message };
  }
  return { type: 'invalid_request_error', message: `Refused with ${status} (as asked for at /_local/fail).` };
}
