import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import cors from 'cors';
import express, {
  type ErrorRequestHandler,
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';
import type { z } from 'zod';
import type { AccessClaims } from '@ticketing/types/account';
import type { Access, Operation } from '@ticketing/types/operation';
import { admit } from './admit.ts';
import { trustedProxies } from './client-address.ts';
import { endOfTurn } from './end-of-turn.ts';
import { createFailureLog, type Failure } from './failure-log.ts';
import { commonHeaders, sendReply, type AnyReply } from './http-answer.ts';
import { announcesBody, refuseOtherBytes, refuseOtherMedia } from './http-body.ts';
import { answerErrors } from './http-errors.ts';
import { parseInput, type Input } from './http-input.ts';
import type { HttpMetrics } from './metrics.ts';
import type { Logger } from './log.ts';
import { ProblemError } from './problem.ts';
import { requestContext, type RequestContext } from './request-context.ts';
import { nameRequestSpan } from './trace.ts';

export interface HttpAppOptions {
  log: Logger;
  /** Returns the claims of an Authorization header, or throws UNAUTHENTICATED. */
  verifyToken: (authorization: string) => AccessClaims;
  corsOrigins: string[];
  /** As `trustedProxies` takes them; false: the peer's address is the client's. */
  trustedProxies: string | false;
  metrics?: HttpMetrics;
  /** What to say of a path that no operation has, where more can be said than that there is nothing. */
  sayOfNothing?: (path: string) => string | undefined;
  /** Checks every answer against its schema and fails when it differs: for tests. */
  checkAnswers?: boolean;
}

type User<A extends Access> = A extends 'public'
  ? undefined
  : A extends 'optional'
    ? AccessClaims | undefined
    : AccessClaims;

export interface Call<O extends Operation> extends Input<O>, RequestContext {
  user: User<O['access']>;
  request: Request;
}

/**
 * An answer: `body` is serialised and fits one of the operation's schemas (tests check that it fits the status); `json` is
 * a finished JSON body; `raw` is anything else.
 */
export interface Reply<O extends Operation> {
  status: Statuses<O>[keyof O['answers']];
  headers?: Record<string, string | undefined>;
  json?: string | Buffer;
  raw?: string | Buffer;
  body?: Bodies<O>[keyof O['answers']];
  /** Of an answer with a 5xx that is not thrown: why, for the log. */
  failure?: AnyReply['failure'];
}

// Indexed access, so that TypeScript keeps the literals that handlers return.
type Statuses<O extends Operation> = { [Status in keyof O['answers']]: Status & number };
type Bodies<O extends Operation> = {
  [Status in keyof O['answers']]: O['answers'][Status] extends { schema: infer Schema extends z.ZodType }
    ? z.input<Schema>
    : undefined;
};

export type Handler<O extends Operation> = (call: Call<O>) => Promise<Reply<O>> | Reply<O>;

/** What answers before Express has looked for a route: undefined leaves the request to it. */
export type Shortcut = (request: IncomingMessage) => { operation: Operation; reply: AnyReply } | undefined;

export interface HttpApp {
  /** Serves an operation: access, input and output are handled here, the rest by `handler`. */
  implement: <O extends Operation>(operation: O, handler: Handler<NoInfer<O>>) => void;
  /** Lets something else answer what it will, before any operation. The headers that every answer has are set. */
  use: (handler: RequestHandler) => void;
  /**
   * Answers plain GETs (without a token, a body or an Origin) of public operations at once, where it can: for what is asked
   * so often that finding its route costs more than answering.
   */
  shortcut: (answer: Shortcut) => void;
  /** To be called last: wrong methods, unknown paths and errors get their answers. */
  finish: () => RequestListener;
  /** From now on `isClosing`, which the health checks tell: requests should go elsewhere. */
  announceClosing: () => void;
  isClosing: () => boolean;
}

const BODY_LIMIT = '100kb';

/** An Express app with the manners of "HTTP in general" in the contract. */
export function createHttpApp(options: HttpAppOptions): HttpApp {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('trust proxy', trustedProxies(options.trustedProxies));
  app.set('query parser', 'simple');
  if (options.corsOrigins.length > 0) app.use(setCommonHeaders, crossOrigin(options.corsOrigins));
  const parseJson = express.json({ limit: BODY_LIMIT, verify: refuseOtherBytes });
  const methods = new Map<string, string[]>();
  // Caches must not give what was asked without an Origin to whoever asks with one.
  const vary = options.corsOrigins.length > 0 ? { Vary: 'Origin' } : undefined;
  const atEndOfTurn = endOfTurn();
  const logFailure = createFailureLog(options.log);
  let shortcut: Shortcut | undefined;
  let closing = false;

  function answerAtOnce(request: IncomingMessage, response: Answer): boolean {
    const found = shortcut && isPlainGet(request) ? shortcut(request) : undefined;
    if (!found) return false;
    const { operation, reply } = found;
    response.locals.route = operation.path;
    nameRequestSpan('GET', operation.path);
    if (options.checkAnswers) checkAnswer(operation, reply);
    const varied = vary ? { ...reply, headers: { ...vary, ...reply.headers } } : reply;
    // Whoever is gone by then, or was answered otherwise, gets nothing more.
    atEndOfTurn(() => sendReply(response, response.locals.context, varied)).catch((error: unknown) =>
      lastResort(request, response)(error),
    );
    return true;
  }

  /** For what no handler of errors takes, or fails at: Express would print it, and show its stack to the client. */
  function lastResort(request: IncomingMessage, response: Answer): (error: unknown) => void {
    return (error) => {
      const reason = 'The answer could not be made.';
      logFailure({ request, ...response.locals }, { status: 500, level: 'error', reason, err: error });
      if (response.headersSent) response.destroy();
      else response.writeHead(500, { 'Content-Length': '0' }).end();
    };
  }

  return {
    implement: (operation, handler) => {
      const path = operation.path.replaceAll(/\{(\w+)\}/g, ':$1');
      methods.set(path, [...(methods.get(path) ?? []), operation.method.toUpperCase()]);
      const limit = operation.rawBodyLimitBytes;
      const readBody = promisify<Request, Response>(
        limit === undefined ? parseJson : express.raw({ limit, type: () => true }),
      );
      // One handler and not a chain of them, each of which would cost every request, of which most have no body.
      const isPattern = path.includes(':');
      app[operation.method](path, async (request, response, next) => {
        const named = isPattern ? methods.get(request.path) : undefined;
        if (named) {
          leaveToNamed(named, request, response, next);
          return;
        }
        const locals = response.locals as Locals;
        locals.route = operation.path;
        nameRequestSpan(request.method, operation.path);
        if (announcesBody(request.headers)) {
          if (limit === undefined) refuseOtherMedia(request);
          await readBody(request, response);
        }
        const user = admit(operation.access, request.headers.authorization, options.verifyToken);
        const { params, query, headers, body } = parseInput(operation, request);
        const { traceId, requestId } = locals.context;
        const call = { params, query, headers, body, traceId, requestId, user, request };
        const reply = await handler(call as Call<typeof operation>);
        if (options.checkAnswers) checkAnswer(operation, reply);
        if (reply.status >= 500) logFailure({ request, ...locals }, failureOf(reply));
        // A batch's answers are ready in one turn.
        await atEndOfTurn(() => sendReply(response, locals.context, reply));
      });
    },
    use: (handler) => {
      app.use(setCommonHeaders, handler);
    },
    shortcut: (answer) => {
      shortcut = answer;
    },
    finish: () => {
      for (const [path, allowed] of methods) app.all(path, refuseMethod(allowed));
      app.use(({ path }) => {
        throw new ProblemError('NOT_FOUND', options.sayOfNothing?.(path) ?? 'There is nothing at this address.');
      });
      app.use(sayOfUnreadablePaths(options.sayOfNothing));
      app.use(answerErrors(logFailure));
      return (request, response) => {
        const locals: Locals = { context: requestContext(request), route: undefined };
        // Where Express would put an empty object. Not in a handler of its own, lest each request pay for one more.
        const answer = Object.assign(response, { locals });
        options.metrics?.observe(request, answer);
        try {
          if (answerAtOnce(request, answer)) return;
        } catch (error) {
          lastResort(request, answer)(error);
          return;
        }
        app(request as Request, answer as unknown as Response, lastResort(request, answer));
      };
    },
    announceClosing: () => {
      closing = true;
    },
    isClosing: () => closing,
  };
}

/** What the parts of an app know of a request. */
interface Locals {
  context: RequestContext;
  /** The operation's path; undefined: none of ours. */
  route: string | undefined;
}

type Answer = ServerResponse & { locals: Locals };

/** Whose answer depends on nothing but its address and what its client has already. */
function isPlainGet({ method, headers }: IncomingMessage): boolean {
  const isAsking = method === 'GET' && headers.authorization === undefined && headers.origin === undefined;
  return isAsking && !announcesBody(headers);
}

const setCommonHeaders: RequestHandler = (_request, response, next) => {
  const headers = commonHeaders((response.locals as Locals).context);
  for (let index = 0; index < headers.length; index += 2) {
    response.setHeader(headers[index] ?? '', headers[index + 1] ?? '');
  }
  next();
};

function crossOrigin(origins: string[]): RequestHandler {
  return cors({
    origin: origins,
    exposedHeaders: [
      ...['ETag', 'Idempotent-Replayed', 'Location', 'X-Cache', 'X-Request-Id'],
      ...['RateLimit', 'RateLimit-Policy', 'Retry-After'],
    ],
    maxAge: 600,
  });
}

function refuseMethod(allowed: string[]): RequestHandler {
  const allow = [...new Set(allowed.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])))].join(', ');
  return (request, response) => {
    if (request.method === 'OPTIONS') {
      sendReply(response, (response.locals as Locals).context, { status: 204, headers: { Allow: allow } });
      return;
    }
    throw new ProblemError('METHOD_NOT_ALLOWED', `${request.method} does not work here. Allowed: ${allow}.`, {
      headers: { Allow: allow },
    });
  };
}

/** A path whose percent signs encode nothing is nobody's either. */
function sayOfUnreadablePaths(sayOfNothing: HttpAppOptions['sayOfNothing']): ErrorRequestHandler {
  return (error: unknown, { path }, _response, next) => {
    const said = error instanceof URIError ? sayOfNothing?.(path) : undefined;
    next(said === undefined ? error : new ProblemError('NOT_FOUND', said));
  };
}

/** `/orders/{id}` also fits `/orders/webhook`, which is a path of its own, with methods of its own. */
function leaveToNamed(allowed: string[], request: Request, response: Response, next: NextFunction): void {
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  if (allowed.includes(method)) next('route');
  else refuseMethod(allowed)(request, response, next);
}

function failureOf({ status, failure }: AnyReply): Failure {
  return { status, level: 'warn', reason: `Answered ${status}.`, ...failure };
}

function checkAnswer(operation: Operation, reply: AnyReply): void {
  const answer = operation.answers[reply.status];
  if (!answer) throw new Error(`${operation.id} answered with a status that it does not declare: ${reply.status}`);
  if (!answer.schema) return;
  const body: unknown =
    reply.json === undefined ? JSON.parse(JSON.stringify(reply.body)) : JSON.parse(reply.json.toString());
  const result = answer.schema.safeParse(body);
  if (!result.success)
    throw new Error(`${operation.id} answered what its schema does not allow`, { cause: result.error });
}
