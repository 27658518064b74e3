import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { callerOf } from './access.ts';
import { ApiError } from './api-error.ts';
import type { Books } from './books.ts';
import type { EventLog, StripeEvent } from './event-log.ts';
import { faultError, type Fault, type Faults } from './faults.ts';
import type { Answer, IdempotencyKeys } from './idempotency.ts';
import { stripeId } from './ids.ts';
import { perform } from './operations/operations.ts';
import { parseParameters } from './operations/parameters.ts';
import type { RefundFates } from './payments/refund-fates.ts';

export interface ApiRequest {
  method: string;
  path: string;
  query: string;
  body: string;
  authorization: string | undefined;
  idempotencyKey: string | undefined;
}

export interface ApiParts {
  books: Books;
  log: EventLog;
  refundFates: RefundFates;
  keys: IdempotencyKeys;
  faults: Faults;
  secretKey: string | undefined;
  /** True while so many events wait to be delivered that no more should be made. */
  isFull: () => boolean;
  /** To be called when there is something new to keep. */
  changed: () => void;
  emit: (type: string, object: object, envelope: { request: StripeEvent['request'] }) => void;
}

export interface ApiAnswer extends Answer {
  replayed: boolean;
}

/** Answers one call to `/v1/…`; never throws for what a caller can get wrong. `closing` ends the waits of faults. */
export async function answerApi(parts: ApiParts, request: ApiRequest, closing: AbortSignal): Promise<ApiAnswer> {
  const requestId = stripeId('req');
  let held: string | undefined;
  let answer: Answer | undefined;
  try {
    const { method, path, idempotencyKey } = request;
    const caller = callerOf(request.authorization, parts.secretKey);
    if (method === 'POST' && parts.isFull()) throw full();
    const fault = parts.faults.next(path);
    if (fault?.status !== undefined && isBeforeWork(fault)) throw faultError(fault);
    if (method === 'POST' && idempotencyKey !== undefined) {
      const earlier = parts.keys.take(idempotencyKey, fingerprint(request));
      if (earlier) return { ...earlier, requestId, replayed: true };
      held = idempotencyKey;
    }
    const emit = (type: string, object: object) =>
      parts.emit(type, object, { request: { id: requestId, idempotency_key: idempotencyKey ?? null } });
    const parameters = parseParameters(method === 'GET' ? request.query : request.body);
    const { books, log, refundFates } = parts;
    const work = () => perform(method, path, { books, log, refundFates, emit, caller, parameters });
    // Serialised at once: what goes out is how things were when the work was done.
    answer = { status: 200, body: JSON.stringify(withFault(fault, work)), requestId };
    await hold(fault, closing);
    return { ...answer, replayed: false };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const failed = { status: error.status, body: JSON.stringify({ error: error.body }), requestId };
    if (error.executed) answer = failed;
    return { ...failed, replayed: false };
  } finally {
    if (held !== undefined) {
      parts.keys.settle(held, answer);
      parts.changed();
    }
  }
}

function full(): ApiError {
  const message = 'Too many webhooks wait to be delivered: is the webhook URL right, and does it answer 2xx?';
  return new ApiError(503, { type: 'api_error', message }, false);
}

function withFault(fault: Fault | undefined, work: () => unknown): unknown {
  if (fault?.status === undefined) return work();
  if (fault.executed) work();
  throw faultError(fault);
}

/** Of these Stripe says so before it looks at the idempotency key. */
function isBeforeWork({ status, executed = false }: Fault): boolean {
  return status === 429 || ((status === 401 || status === 403) && !executed);
}

async function hold(fault: Fault | undefined, closing: AbortSignal): Promise<void> {
  if (fault?.timeoutMs) await pause(fault.timeoutMs, undefined, { signal: closing }).catch(() => undefined);
}

function fingerprint({ method, path, body }: ApiRequest): string {
  return createHash('sha256').update(`${method} ${path}\n${body}`).digest('base64');
}
