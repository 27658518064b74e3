import type { IncomingHttpHeaders } from 'node:http';
import type { Request, RequestHandler, Response } from 'express';
import { Pool, type Dispatcher } from 'undici';
import type { Logger } from '@ticketing/service-kit/log';
import { ProblemError, unavailable } from '@ticketing/service-kit/problem';
import { createFailureLog, type FailureLog } from '@ticketing/service-kit/failure-log';
import type { RequestContext } from '@ticketing/service-kit/request-context';
import { nameRequestSpan } from '@ticketing/service-kit/trace';
import { forwardBody } from './forward-body.ts';
import { clientHeaders, upstreamHeaders } from './forward-headers.ts';

export interface ForwardOptions {
  eventsUrl: string;
  ordersUrl: string;
  log: Logger;
}

export interface Forward {
  /** To be used before anything reads bodies. Passes on what is not the services'. */
  handler: RequestHandler;
  /** Lets requests under way finish, then closes the connections. */
  close: () => Promise<void>;
}

/** Connections to one service; more requests wait for a free one. */
const CONNECTIONS = 256;
/** Requests to one service, under way and waiting; one more is refused. */
const MAX_UNDER_WAY = 4_096;
const CONNECT_TIMEOUT_MS = 2_000;
/** For the first byte of an answer, and between two parts of it: longer than the services' own bounds. */
const ANSWER_TIMEOUT_MS = 20_000;

/**
 * Streams `/events`, `/orders` and `/tickets` to their services, bodies byte for byte (Stripe's signature covers them).
 *
 * On undici rather than http-proxy-middleware 4: in a bare Express app side by side (64 connections, two cores), that did
 * 14,000 requests/s where this did 21,000 to 25,000; and it passes on hop-by-hop headers and whatever X-Forwarded-For a
 * client invents.
 */
export function createForward({ eventsUrl, ordersUrl, log }: ForwardOptions): Forward {
  const events = openUpstream('events-service', eventsUrl);
  const orders = openUpstream('orders-service', ordersUrl);
  const logFailure = createFailureLog(log);
  return {
    handler: (request, response, next) => {
      const route = routes.find(({ pattern }) => pattern.test(request.path));
      if (!route) {
        next();
        return;
      }
      response.locals.route = route.name;
      nameRequestSpan(request.method, route.name);
      const context = response.locals.context as RequestContext;
      const headers = upstreamHeaders(request, context);
      const upstream = route.service === 'events' ? events : orders;
      send(upstream, { request, response, headers, log, logFailure }).catch((cause: unknown) => {
        // A client that has gone needs no answer.
        if (!response.destroyed) next(refusal(upstream, cause));
      });
    },
    close: async () => {
      await Promise.all([events.pool.close(), orders.pool.close()]);
    },
  };
}

/** As Express matches them: case does not matter, nor does a slash at the end. The first that fits. */
const routes = [
  { pattern: /^\/events\/[^/]+\/availability\/?$/i, service: 'orders', name: '/events/{id}/availability' },
  { pattern: /^\/events\/[^/]+\/cancellation\/?$/i, service: 'orders', name: '/events/{id}/cancellation' },
  { pattern: /^\/events(\/|$)/i, service: 'events', name: '/events' },
  { pattern: /^\/orders(\/|$)/i, service: 'orders', name: '/orders' },
  { pattern: /^\/tickets(\/|$)/i, service: 'orders', name: '/tickets' },
] as const;

interface Upstream {
  name: string;
  pool: Pool;
  underWay: number;
}

function openUpstream(name: string, url: string): Upstream {
  const pool = new Pool(new URL(url).origin, {
    connections: CONNECTIONS,
    pipelining: 1,
    connect: { timeout: CONNECT_TIMEOUT_MS },
    headersTimeout: ANSWER_TIMEOUT_MS,
    bodyTimeout: ANSWER_TIMEOUT_MS,
  });
  return { name, pool, underWay: 0 };
}

interface Exchange {
  request: Request;
  response: Response;
  headers: Dispatcher.DispatchOptions['headers'];
  log: Logger;
  logFailure: FailureLog;
}

/** Sends the request and streams the answer. Rejects if it fails while another answer is still possible. */
async function send(upstream: Upstream, exchange: Exchange): Promise<void> {
  const { request, response, headers, log } = exchange;
  if (upstream.underWay >= MAX_UNDER_WAY) throw new Error(`${MAX_UNDER_WAY} requests are under way`);
  upstream.underWay++;
  response.once('close', () => upstream.underWay--);
  const { method } = request;
  const path = pathOf(request.originalUrl);
  const body = await forwardBody(request);
  let isAnswering = false;
  await new Promise<void>((resolve, reject) => {
    upstream.pool.dispatch(
      { method, path, headers, body },
      {
        onRequestStart: (controller) => {
          abortWithClient(controller, response);
        },
        onResponseStart: (_controller, statusCode, answerHeaders) => {
          if (statusCode < 200) return;
          isAnswering = true;
          reportForeign(upstream, exchange, statusCode, answerHeaders);
          startAnswer(response, statusCode, answerHeaders);
        },
        onResponseData: (controller, chunk) => {
          if (response.write(chunk)) return;
          controller.pause();
          response.once('drain', () => controller.resume());
        },
        onResponseEnd: () => {
          response.end();
          resolve();
        },
        onResponseError: (_controller, error) => {
          if (response.destroyed) {
            resolve();
          } else if (isAnswering) {
            // Half an answer cannot be taken back; cutting the connection is the only honest signal.
            const { context, route } = response.locals as AnswerLocals;
            log.warn({ err: error, ...context, method, route, service: upstream.name }, 'an answer broke off');
            response.destroy();
            resolve();
          } else {
            reject(error);
          }
        },
      },
    );
  });
}

interface AnswerLocals {
  context: RequestContext;
  route: string | undefined;
}

/**
 * Logs a 5xx that is not the service's own: something between us answered. A service's carries the request's id, and is
 * in its log, with the reason.
 */
function reportForeign(
  { name: service }: Upstream,
  { request, response, logFailure }: Exchange,
  status: number,
  headers: IncomingHttpHeaders,
): void {
  if (status < 500) return;
  const { context, route } = response.locals as AnswerLocals;
  if (headers['x-request-id'] === context.requestId) return;
  const failed = { request: { method: request.method, url: request.originalUrl }, context, route };
  const reason = `${status} from what answers in place of the ${service}.`;
  logFailure(failed, { status, level: 'error', reason, about: { service } });
}

/**
 * The path and query of a request's target. A whole URL is as good as its path (RFC 9112 section 3.2.2); the host that it
 * names is nobody's business but the client's, and a proxy before the service must not follow it.
 */
function pathOf(target: string): string {
  return target.startsWith('/') ? target : target.replace(/^https?:\/\/[^/?#]*/i, '');
}

/** When the client has gone, nobody waits for the answer. */
function abortWithClient(controller: Dispatcher.DispatchController, response: Response): void {
  const abort = () => {
    if (!response.writableFinished) controller.abort(new Error('The client closed the connection.'));
  };
  if (response.destroyed) abort();
  else response.once('close', abort);
}

function startAnswer(response: Response, statusCode: number, headers: IncomingHttpHeaders): void {
  response.statusCode = statusCode;
  for (const [name, value] of Object.entries(clientHeaders(headers))) {
    if (name === 'vary') response.vary(String(value));
    else if (value !== undefined) response.setHeader(name, value);
  }
}

function refusal({ name }: Upstream, cause: unknown): ProblemError {
  if ((cause as { code?: unknown }).code === 'UND_ERR_INVALID_ARG') {
    return new ProblemError('MALFORMED_REQUEST', 'The request could not be read.', { cause });
  }
  return unavailable(`The ${name} does not answer right now. Try again shortly.`, cause);
}
