import { z } from 'zod';
import { operation } from '@ticketing/types/operation';
import { Health } from '@ticketing/types/health';
import type { HttpApp } from './http-app.ts';

/** What must answer for a service to be of use, by name: a check throws or rejects when it does not. */
export type Checks = Record<string, () => Promise<unknown>>;

/** Bound on one check: an answer that takes longer is as good as none. */
const CHECK_TIMEOUT_MS = 2_000;

const live = operation({
  id: 'live',
  tag: 'Platform',
  summary: 'The process runs and takes requests',
  method: 'get',
  path: '/health/live',
  access: 'public',
  answers: {
    200: { description: 'It runs', schema: z.object({ status: z.literal('ok') }) },
    503: { description: 'It is about to end', schema: z.object({ status: z.literal('closing') }) },
  },
  errors: [],
});

const ready = operation({
  id: 'ready',
  tag: 'Platform',
  summary: 'The service can do its work',
  method: 'get',
  path: '/health/ready',
  access: 'public',
  answers: { 200: { description: 'Ready', schema: Health }, 503: { description: 'Something is away', schema: Health } },
  errors: [],
});

/**
 * Adds `GET /health/live`, which says whether this process takes requests, and `GET /health/ready`, which says whether what
 * it needs answers too. A load balancer asks the first: when a database is away, it is away for every replica, and taking
 * all of them out would only replace their answers with worse ones.
 */
export function implementHealth(http: HttpApp, checks: Checks): void {
  http.implement(live, () =>
    http.isClosing()
      ? ({ status: 503, body: { status: 'closing' } } as const)
      : ({ status: 200, body: { status: 'ok' } } as const),
  );
  http.implement(ready, async () => {
    if (http.isClosing()) return { status: 503, body: { status: 'down', services: {} } } as const;
    const health = await runChecks(checks);
    return { status: health.status === 'ok' ? 200 : 503, body: health };
  });
}

/** Runs all checks at once, each for a bounded time. */
export async function runChecks(checks: Checks): Promise<Health> {
  const states = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => [name, await outcome(check)] as const),
  );
  const isDown = states.some(([, state]) => state === 'down');
  return { status: isDown ? 'down' : 'ok', services: Object.fromEntries(states) };
}

async function outcome(check: () => Promise<unknown>): Promise<'ok' | 'down'> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<'down'>((resolve) => {
    timer = setTimeout(() => resolve('down'), CHECK_TIMEOUT_MS);
  });
  try {
    return await Promise.race([check().then(() => 'ok' as const), timeout]);
  } catch {
    return 'down';
  } finally {
    clearTimeout(timer);
  }
}
