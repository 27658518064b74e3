import type { IncomingMessage } from 'node:http';
import type { ProblemCode } from '@ticketing/types/problem';
import { createLogThrottle, type LogRate } from './log-throttle.ts';
import type { Logger } from './log.ts';
import type { RequestContext } from './request-context.ts';

/** Why a request was answered as it was. */
export interface Failure {
  status: number;
  /** In words, with no secret. */
  reason: string;
  level: 'error' | 'warn' | 'info';
  code?: ProblemCode;
  err?: unknown;
  /** Asked by a program again and again, and failing each time until something is mended: told once a minute. */
  isPolled?: boolean;
  /** Whatever else is to be logged with it. */
  about?: object;
}

/** What is known of the request. */
export interface FailedRequest {
  request: Pick<IncomingMessage, 'method' | 'url'>;
  context: RequestContext;
  /** The operation's path; undefined: none of ours. */
  route: string | undefined;
}

/** Logs a failed request with its ids, its route and the reason. */
export type FailureLog = (failed: FailedRequest, failure: Failure) => void;

/** Enough to see each one while few fail; under overload, thousands a second fail in the same way. */
const RATE: LogRate = { lines: 20, windowMs: 10_000 };
const POLLED_RATE: LogRate = { lines: 1, windowMs: 60_000 };

/** What failed for the same reason on the same route is bounded: see `log-throttle.ts`. */
export function createFailureLog(log: Logger): FailureLog {
  const throttle = createLogThrottle();
  return ({ request, context, route = 'none' }, { level, reason, isPolled = false, about, ...failure }) => {
    const kind = [failure.status, route, reason, kindOf(failure.err)].join(' ');
    throttle(kind, isPolled ? POLLED_RATE : RATE, (times) => {
      const what = { ...failure, ...about, ...context, method: request.method, route, path: pathOf(request.url) };
      if (times === 1) log[level](what, reason);
      else log[level]({ ...what, times }, `${reason} (${times} more times; these are the last one's ids)`);
    });
  };
}

/** Not the message, which may be another one each time. */
function kindOf(error: unknown): string {
  const { name = '', code = '' } = (error ?? {}) as { name?: unknown; code?: unknown };
  return `${String(name)} ${String(code)}`;
}

/** Whoever knows a ticket's code gets in. */
const TICKET_CODE = /^(\/tickets\/)[^/]+/i;

/** Without the query, which may hold what people typed. */
function pathOf(url = ''): string {
  return (url.split('?', 1)[0] ?? '').replace(TICKET_CODE, '$1[secret]');
}
