import { randomFillSync } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { currentIds } from './trace.ts';

/** What an answer and its log lines are found by. */
export interface RequestContext {
  /** 32 hex digits: the caller's trace if it sent a valid `traceparent`, else a new one. That of the spans, if there are any. */
  traceId: string;
  /** The caller's `X-Request-Id` if it is sane, else the trace id. */
  requestId: string;
}

/** https://www.w3.org/TR/trace-context/#traceparent-header: all-zero ids are invalid. */
const TRACEPARENT = /^[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})[\da-f]{16}-[\da-f]{2}$/;
const SANE_REQUEST_ID = /^[\w.:+/=-]{1,128}$/;

/** Reads the ids of a request from its headers, or makes them. */
export function requestContext({ headers }: IncomingMessage): RequestContext {
  const { traceparent } = headers;
  const given = typeof traceparent === 'string' ? TRACEPARENT.exec(traceparent)?.[1] : undefined;
  const traceId = currentIds().traceId ?? given ?? newTraceId();
  const requestId = headers['x-request-id'];
  return { traceId, requestId: typeof requestId === 'string' && SANE_REQUEST_ID.test(requestId) ? requestId : traceId };
}

const TRACE_ID_BYTES = 16;
/** Asked of the system for many ids at once. */
const random = Buffer.alloc(256 * TRACE_ID_BYTES);
let used = random.length;

function newTraceId(): string {
  if (used === random.length) {
    randomFillSync(random);
    used = 0;
  }
  const start = used;
  used += TRACE_ID_BYTES;
  return random.toString('hex', start, used);
}
