import type { IncomingMessage } from 'node:http';
import { diag, DiagLogLevel, type Attributes } from '@opentelemetry/api';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { IORedisInstrumentation } from '@opentelemetry/instrumentation-ioredis';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { register } from 'import-in-the-middle/register-hooks.mjs';
import { createLog } from './log.ts';

/** What is instrumented; ES modules that import anything else are left as they are. */
const INSTRUMENTED = ['http', 'https', 'pg', 'ioredis'];

/**
 * Starts OpenTelemetry: spans for requests that come in and go out, SQL and Redis. Those of messages and jobs are ours
 * (`trace.ts`), since a produce request and a transaction each serve many traces.
 */
export function startSdk(serviceName: string): void {
  // Without the hook, what ES modules import is not instrumented.
  register({ include: INSTRUMENTED });
  diag.setLogger(complaints(serviceName), DiagLogLevel.WARN);
  new NodeSDK({
    serviceName,
    // Metrics are Prometheus' (`metrics.ts`), logs are pino's.
    metricReaders: [],
    logRecordProcessors: [],
    instrumentations: [
      new HttpInstrumentation({
        ignoreIncomingRequestHook: isHealthCheck,
        startIncomingSpanHook: withoutSecrets,
        requireParentforOutgoingSpans: true,
      }),
      // SQL without its values; background rounds that found nothing to do leave no trace.
      new PgInstrumentation({ requireParentSpan: true, ignoreConnectSpans: true }),
      // The command's name alone: keys may hold addresses of clients.
      new IORedisInstrumentation({ requireParentSpan: true, dbStatementSerializer: (command) => command }),
    ],
  }).start();
}

function isHealthCheck({ url = '' }: IncomingMessage): boolean {
  return url.startsWith('/health') || url === '/metrics';
}

/** The path has no ticket's code, which lets people in, and the query, with searches and cursors, is left out. */
export function withoutSecrets({ url = '/' }: Pick<IncomingMessage, 'url'>): Attributes {
  const [path = '/'] = url.split('?', 1);
  return { 'url.path': path.replace(/^\/tickets\/[^/]+/i, '/tickets/{code}'), 'url.query': '' };
}

const COMPLAIN_EVERY_MS = 60_000;

/** A collector that is away is told about, though not for each batch of spans that it missed. */
function complaints(serviceName: string) {
  const log = createLog({ name: serviceName, level: 'warn', format: 'json' });
  let last = -Infinity;
  const complain = (message: string) => {
    if (performance.now() - last < COMPLAIN_EVERY_MS) return;
    last = performance.now();
    log.warn({ reason: message.slice(0, 500) }, 'telemetry has trouble; nothing else is affected');
  };
  const ignore = () => undefined;
  return { error: complain, warn: complain, info: ignore, debug: ignore, verbose: ignore };
}
