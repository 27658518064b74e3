import type { ErrorBody } from './books.ts';

/** An answer other than 200. Thrown by whatever finds the fault, and written out in one place. */
export class ApiError extends Error {
  readonly status: number;
  readonly body: ErrorBody;
  /** False for faults of the request itself, found before any work: they are not kept under an idempotency key. */
  readonly executed: boolean;

  constructor(status: number, body: ErrorBody, executed = true) {
    super(body.message);
    this.status = status;
    this.body = body;
    this.executed = executed;
  }
}

/** 400 for a request that can never be right. */
export function badParameter(code: string, param: string, message: string): ApiError {
  return new ApiError(400, { type: 'invalid_request_error', code, message, param }, false);
}

/** The thing named does not exist: 404 when it is what the path names, else 400. */
export function missing(what: string, id: string, param: string, status: 400 | 404): ApiError {
  const message = `No such ${what}: '${id}'`;
  return new ApiError(status, { type: 'invalid_request_error', code: 'resource_missing', message, param }, false);
}

/** 400 for an amount that is no multiple of what the currency must be charged and refunded in. */
export function indivisible(currency: string, step: number): ApiError {
  // The code for ISK and UGX: https://support.stripe.com/questions/deprecation-of-fractional-isk-charges-and-refunds
  const code = step === 100 ? 'invalid_charge_amount_no_decimal_compatible' : 'invalid_charge_amount';
  const message = `Invalid amount. Amounts in ${currency} must be evenly divisible by ${step}.`;
  return badParameter(code, 'amount', message);
}
