import { z } from 'zod';
import { operation } from '@ticketing/types/operation';
import { Health } from '@ticketing/types/health';
import type { HttpApp } from './http-app.ts';
import { errorText } from './log-error.ts';

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
      ? ({ status: 503, body: { status: 'closing' }, failure: CLOSING } as const)
      : ({ status: 200, body: { status: 'ok' } } as const),
  );
  // Starting takes its time, and whoever starts it asks meanwhile.
  const startedAt = performance.now();
  let wasReady = false;
  http.implement(ready, async () => {
    if (http.isClosing()) return { status: 503, body: { status: 'down', services: {} }, failure: CLOSING } as const;
    const checked = await runChecks(checks);
    wasReady ||= checked.health.status === 'ok';
    const isStarting = !wasReady && performance.now() - startedAt < START_TIME_MS;
    return healthReply(checked, isStarting ? 'info' : 'warn');
  });
}

/** Somebody wants it to end: nothing is wrong. */
const CLOSING = { reason: 'This process is closing.', level: 'info', isPolled: true } as const;
const START_TIME_MS = 30_000;

/** The answer of a check of health; what is down is logged with the reason. */
export function healthReply({ health, reasons }: Checked, level: 'info' | 'warn' = 'warn') {
  if (health.status === 'ok') return { status: 200, body: health } as const;
  const down = Object.keys(reasons);
  const reason = `Not healthy: ${down.join(', ')} ${down.length === 1 ? 'is' : 'are'} down.`;
  return { status: 503, body: health, failure: { reason, level, isPolled: true, about: { reasons } } } as const;
}

/** What checks came to. */
export interface Checked {
  health: Health;
  /** Why what is down is taken to be, for the log. */
  reasons: Record<string, string>;
}

/** Runs all checks at once, each for a bounded time. */
export async function runChecks(checks: Checks): Promise<Checked> {
  const faults = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => [name, await faultOf(check)] as const),
  );
  const reasons = Object.fromEntries(faults.flatMap(([name, fault]) => (fault === undefined ? [] : [[name, fault]])));
  const services = faults.map(([name, fault]) => [name, fault === undefined ? 'ok' : 'down'] as const);
  const isDown = Object.keys(reasons).length > 0;
  return { health: { status: isDown ? 'down' : 'ok', services: Object.fromEntries(services) }, reasons };
}

/** Undefined: it is well. */
async function faultOf(check: () => Promise<unknown>): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`no answer within ${CHECK_TIMEOUT_MS / 1_000} s`), CHECK_TIMEOUT_MS);
  });
  try {
    return await Promise.race([check().then(() => undefined), timeout]);
  } catch (error) {
    return errorText(error);
  } finally {
    clearTimeout(timer);
  }
}
