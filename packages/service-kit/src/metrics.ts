import type { Request, Response } from 'express';
import { collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import { listen, type ListeningServer, type ListenOptions } from './http-server.ts';

export interface HttpMetrics {
  observe: (request: Request, response: Response) => void;
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
      response.once('close', () => {
        const route = (response.locals.route as string | undefined) ?? 'none';
        duration.observe(
          { method: request.method, route, status: response.statusCode },
          (performance.now() - start) / 1000,
        );
      });
    },
  };
}

/** Serves `GET /metrics` in Prometheus' text format, on a port that is not for the public. */
export function serveMetrics(registry: Registry, options: ListenOptions): Promise<ListeningServer> {
  return listen((request, response) => {
    if (request.url !== '/metrics') {
      response.statusCode = 404;
      response.end();
      return;
    }
    registry.metrics().then(
      (text) => {
        response.setHeader('Content-Type', registry.contentType);
        response.end(text);
      },
      () => {
        response.statusCode = 500;
        response.end();
      },
    );
  }, options);
}
