import type { ErrorRequestHandler, Request, Response } from 'express';
import { sendReply } from './http-answer.ts';
import { problems } from '@ticketing/types/problem';
import { isUnavailable } from './postgres.ts';
import type { FailureLog } from './failure-log.ts';
import { problemBody, ProblemError, unavailable } from './problem.ts';
import type { RequestContext } from './request-context.ts';

/** The last handler of every app: turns whatever was thrown into problem+json, and logs what is our fault. */
export function answerErrors(logFailure: FailureLog): ErrorRequestHandler {
  return (thrown: unknown, request, response, _next) => {
    const { context, route } = response.locals as { context: RequestContext; route?: string };
    const problem = toProblem(thrown);
    const { code, message: reason, options } = problem;
    const { status } = problems[code];
    const level = options.logAs ?? (status >= 500 ? 'error' : undefined);
    if (level) {
      const failed = { request: { method: request.method, url: request.originalUrl }, context, route };
      logFailure(failed, { status, code, level, reason, err: options.cause ?? problem });
    }
    if (response.headersSent) {
      // Too late for another answer; cutting the connection is the only honest signal.
      response.destroy();
      return;
    }
    sendProblem(request, response, problem, context);
  };
}

function sendProblem(request: Request, response: Response, problem: ProblemError, context: RequestContext): void {
  const [instance = '/'] = request.originalUrl.split('?', 1);
  const body = problemBody(problem, instance, context.traceId);
  sendReply(response, context, {
    status: body.status,
    json: JSON.stringify(body),
    headers: { 'Content-Type': 'application/problem+json', ...problem.options.headers },
  });
}

/** What Express' body parser and router throw: http-errors with a status and, from the parser, a type. */
interface HttpError {
  status?: unknown;
  type?: unknown;
  /** The text that could not be parsed. */
  body?: unknown;
}

function toProblem(thrown: unknown): ProblemError {
  if (thrown instanceof ProblemError) return thrown;
  const { status, type, body } = (thrown ?? {}) as HttpError;
  if (status === 413) return new ProblemError('BODY_TOO_LARGE', 'The body is larger than this call takes.');
  if (status === 415) {
    return new ProblemError(
      'UNSUPPORTED_MEDIA_TYPE',
      'Send the body as UTF-8 JSON, uncompressed, gzip, br or deflate.',
    );
  }
  if (type === 'entity.parse.failed') return new ProblemError('MALFORMED_REQUEST', unreadable(body));
  if (status === 400) return new ProblemError('MALFORMED_REQUEST', 'The request could not be read.', { cause: thrown });
  if (isUnavailable(thrown)) return unavailable('The database cannot be reached right now. Try again shortly.', thrown);
  return new ProblemError('INTERNAL', 'Something went wrong on our side. Nothing is known about why.', {
    cause: thrown,
  });
}

/** The parser refuses values that are neither objects nor arrays as it refuses what is no JSON. */
function unreadable(body: unknown): string {
  try {
    JSON.parse(String(body));
    return 'The body must be a JSON object.';
  } catch {
    return 'The body is not valid JSON.';
  }
}
