import cors from 'cors';
import express, { type Request, type RequestHandler, type Response } from 'express';
import type { z } from 'zod';
import type { AccessClaims } from '@ticketing/types/account';
import type { Access, Operation } from '@ticketing/types/operation';
import { unauthenticated } from './access-token.ts';
import { answerErrors } from './http-errors.ts';
import { parseInput, type Input } from './http-input.ts';
import type { HttpMetrics } from './metrics.ts';
import type { Logger } from './log.ts';
import { ProblemError } from './problem.ts';
import { requestContext, type RequestContext } from './request-context.ts';

export interface HttpAppOptions {
  log: Logger;
  /** Returns the claims of an Authorization header, or throws UNAUTHENTICATED. */
  verifyToken: (authorization: string) => AccessClaims;
  corsOrigins: string[];
  /** Express' `trust proxy`; false: the peer's address is the client's. */
  trustedProxies: string | false;
  metrics?: HttpMetrics;
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
}

// Indexed access, so that TypeScript keeps the literals that handlers return.
type Statuses<O extends Operation> = { [Status in keyof O['answers']]: Status & number };
type Bodies<O extends Operation> = {
  [Status in keyof O['answers']]: O['answers'][Status] extends { schema: infer Schema extends z.ZodType }
    ? z.input<Schema>
    : undefined;
};

export type Handler<O extends Operation> = (call: Call<O>) => Promise<Reply<O>> | Reply<O>;

export interface HttpApp {
  app: express.Express;
  /** Serves an operation: access, input and output are handled here, the rest by `handler`. */
  implement: <O extends Operation>(operation: O, handler: Handler<NoInfer<O>>) => void;
  /** To be called last: wrong methods, unknown paths and errors get their answers. */
  finish: () => express.Express;
}

const BODY_LIMIT = '100kb';

/** An Express app with the manners of "HTTP in general" in the contract. */
export function createHttpApp(options: HttpAppOptions): HttpApp {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('trust proxy', options.trustedProxies);
  app.set('query parser', 'simple');
  app.use(identify(options.metrics));
  if (options.corsOrigins.length > 0) app.use(crossOrigin(options.corsOrigins));
  const parseJson = express.json({ limit: BODY_LIMIT });
  const methods = new Map<string, string[]>();
  return {
    app,
    implement: (operation, handler) => {
      const path = operation.path.replaceAll(/\{(\w+)\}/g, ':$1');
      methods.set(path, [...(methods.get(path) ?? []), operation.method.toUpperCase()]);
      const limit = operation.rawBodyLimitBytes;
      const parsers = limit === undefined ? [refuseOtherMedia, parseJson] : [express.raw({ limit, type: () => true })];
      app[operation.method](path, ...parsers, async (request, response) => {
        response.locals.route = operation.path;
        const user = admit(operation.access, request, options.verifyToken);
        const input = parseInput(operation, request);
        const call = { ...input, ...(response.locals.context as RequestContext), user, request };
        const reply = await handler(call as Call<typeof operation>);
        if (options.checkAnswers) checkAnswer(operation, reply);
        send(response, reply);
      });
    },
    finish: () => {
      for (const [path, allowed] of methods) app.all(path, refuseMethod(allowed));
      app.use(() => {
        throw new ProblemError('NOT_FOUND', 'There is nothing at this address.');
      });
      app.use(answerErrors(options.log));
      return app;
    },
  };
}

function identify(metrics: HttpMetrics | undefined): RequestHandler {
  return (request, response, next) => {
    const context = requestContext(request);
    response.locals.context = context;
    response.setHeader('X-Request-Id', context.requestId);
    response.setHeader('X-Content-Type-Options', 'nosniff');
    metrics?.observe(request, response);
    next();
  };
}

function crossOrigin(origins: string[]): RequestHandler {
  return cors({
    origin: origins,
    exposedHeaders: ['ETag', 'Idempotent-Replayed', 'Location', 'Retry-After', 'X-Cache', 'X-Request-Id'],
    maxAge: 600,
  });
}

/** RFC 9110 section 15.5.16: a body that is not JSON is refused by its declared type, before it is read. */
const refuseOtherMedia: RequestHandler = (request, _response, next) => {
  const hasBody =
    request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
  if (hasBody && !request.is('application/json')) {
    throw new ProblemError('UNSUPPORTED_MEDIA_TYPE', 'Send the body as JSON, with Content-Type: application/json.');
  }
  next();
};

function admit(access: Access, request: Request, verifyToken: HttpAppOptions['verifyToken']): AccessClaims | undefined {
  if (access === 'public') return undefined;
  const { authorization } = request.headers;
  if (authorization === undefined) {
    if (access === 'optional') return undefined;
    throw unauthenticated('Sign in and send the access token: Authorization: Bearer <token>.');
  }
  const user = verifyToken(authorization);
  if (typeof access !== 'string' && !access.includes(user.role)) {
    throw new ProblemError('FORBIDDEN', `This is for: ${access.join(', ')}. You are: ${user.role}.`);
  }
  return user;
}

function refuseMethod(allowed: string[]): RequestHandler {
  const allow = [...new Set(allowed.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])))].join(', ');
  return (request, response) => {
    if (request.method === 'OPTIONS') {
      response.setHeader('Allow', allow);
      response.statusCode = 204;
      response.end();
      return;
    }
    throw new ProblemError('METHOD_NOT_ALLOWED', `${request.method} does not work here. Allowed: ${allow}.`, {
      headers: { Allow: allow },
    });
  };
}

interface AnyReply {
  status: number;
  headers?: Record<string, string | undefined>;
  json?: string | Buffer;
  raw?: string | Buffer;
  body?: unknown;
}

function send(response: Response, { status, headers, json, raw, body }: AnyReply): void {
  response.statusCode = status;
  // Answers may depend on who asks; a handler whose answers may be kept says so itself.
  response.setHeader('Cache-Control', 'no-store');
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) response.setHeader(name, value);
  }
  if (raw !== undefined) {
    response.end(raw);
    return;
  }
  const finished = json ?? (body === undefined ? undefined : JSON.stringify(body));
  if (finished === undefined) {
    response.end();
    return;
  }
  if (!response.hasHeader('Content-Type')) response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.setHeader('Content-Length', Buffer.byteLength(finished));
  response.end(finished);
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
