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
  summary: 'The process runs',
  method: 'get',
  path: '/health/live',
  access: 'public',
  answers: { 200: { description: 'It runs', schema: z.object({ status: z.literal('ok') }) } },
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

/** Adds `GET /health/live` and `GET /health/ready`. */
export function implementHealth(http: HttpApp, checks: Checks): void {
  http.implement(live, () => ({ status: 200, body: { status: 'ok' } }) as const);
  http.implement(ready, async () => {
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
