import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import { createFailureLog } from './failure-log.ts';
import { listen, type ListeningServer, type ListenOptions } from './http-server.ts';
import type { Logger } from './log.ts';
import { requestContext } from './request-context.ts';

export interface HttpMetrics {
  /** `locals.route`: by the end of the answer, the path of what answered. */
  observe: (request: IncomingMessage, response: ServerResponse & { locals: { route?: string | undefined } }) => void;
}

/** A registry of its own for one service, with Node's process metrics. Close it by `registry.clear()`. */
export function createRegistry(service: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** `http_request_duration_seconds` by method, route (never the raw path) and status. */
export function httpMetrics(registry: Registry): HttpMetrics {
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from request to the end of its answer, in seconds',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  return {
    observe: (request, response) => {
      const start = performance.now();
      response.on('close', () => {
        const route = response.locals.route ?? 'none';
        duration.observe(
          { method: request.method ?? 'none', route, status: response.statusCode },
          (performance.now() - start) / 1000,
        );
      });
    },
  };
}

/** What else is served on the internal port, by the start of its path. */
export type InternalPages = Record<`/${string}`, RequestListener>;

/** Serves `GET /metrics` in Prometheus' text format, and other pages, on a port that is not for the public. */
export function serveMetrics(
  registry: Registry,
  { log, ...options }: ListenOptions & { log: Logger },
  pages: InternalPages = {},
): Promise<ListeningServer> {
  const logFailure = createFailureLog(log);
  return listen((request, response) => {
    const context = requestContext(request);
    let err: unknown;
    response.once('close', () => {
      const { statusCode: status } = response;
      const reason = `An internal page answered ${status}.`;
      if (status >= 500) logFailure({ request, context, route: 'internal' }, { status, level: 'error', reason, err });
    });
    const path = request.url?.split('?', 1)[0] ?? '';
    const page = Object.keys(pages).find((start) => path === start || path.startsWith(`${start}/`));
    if (page !== undefined) {
      pages[page as `/${string}`]?.(request, response);
      return;
    }
    if (path !== '/metrics') {
      response.statusCode = 404;
      response.end();
      return;
    }
    registry.metrics().then(
      (text) => {
        response.setHeader('Content-Type', registry.contentType);
        response.end(text);
      },
      (error: unknown) => {
        err = error;
        response.statusCode = 500;
        response.end();
      },
    );
  }, options);
}
