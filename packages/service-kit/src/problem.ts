import { problems, type Problem, type ProblemCode } from '@ticketing/types/problem';
import { sentence, type Fault } from './fault.ts';

export interface ProblemOptions {
  cause?: unknown;
  /** Each wrong field, for VALIDATION_FAILED. */
  errors?: Fault[];
  /** Further members of the answer (RFC 9457 section 3.2), such as what is left of a ticket type. */
  extra?: Record<string, unknown>;
  headers?: Record<string, string>;
  /** How it is logged, with its cause; as an error by default if the status is 5xx, and else not at all. */
  logAs?: 'error' | 'warn';
}

/** An expected refusal: thrown anywhere below a handler, answered as problem+json with the code's status. */
export class ProblemError extends Error {
  readonly code: ProblemCode;
  readonly options: ProblemOptions;

  constructor(code: ProblemCode, detail: string, options: ProblemOptions = {}) {
    super(detail, { cause: options.cause });
    this.name = 'ProblemError';
    this.code = code;
    this.options = options;
  }
}

/** 422 that names each wrong field, and says what is wrong with the first ones. */
export function invalidInput(faults: Fault[]): ProblemError {
  return new ProblemError('VALIDATION_FAILED', sentence(faults, 'The body'), { errors: faults.slice(0, MAX_FAULTS) });
}

/** Enough for a person to act on; a body of 100 kB can hold thousands. */
const MAX_FAULTS = 50;

/** The answer's body for a refusal. `instance` is the request's path without its query. */
export function problemBody(error: ProblemError, instance: string, traceId: string): Problem {
  const { status, title } = problems[error.code];
  return {
    ...error.options.extra,
    type: 'about:blank',
    title,
    status,
    detail: error.message,
    code: error.code,
    instance,
    traceId,
    ...(error.options.errors && { errors: error.options.errors }),
  };
}

const RETRY_AFTER_SECONDS = '2';

/** 503 with Retry-After: something that we need is away, or too busy. */
export function unavailable(detail: string, cause?: unknown): ProblemError {
  return new ProblemError('UNAVAILABLE', detail, { cause, headers: { 'Retry-After': RETRY_AFTER_SECONDS } });
}
