import type { Health } from '@ticketing/types/health';
import { readHealth } from '@ticketing/types/health';
import { runChecks, type Checks } from '@ticketing/service-kit/health';
import type { HttpApp } from '@ticketing/service-kit/http-app';

/** Less than a check's own bound, so that the request is given up rather than left behind. */
const ASK_TIMEOUT_MS = 1_500;

/** Serves `GET /health`: asks everything at once. Calls that come meanwhile share the answer. */
export function implementPlatformHealth(http: HttpApp, checks: Checks): void {
  let running: Promise<Health> | undefined;
  http.implement(readHealth, async () => {
    running ??= runChecks(checks).finally(() => (running = undefined));
    const health = await running;
    return { status: health.status === 'ok' ? 200 : 503, body: health };
  });
}

/** A check that another service is ready to work. */
export function isReady(serviceUrl: string): () => Promise<void> {
  const url = new URL('/health/ready', serviceUrl);
  return async () => {
    const response = await fetch(url, { signal: AbortSignal.timeout(ASK_TIMEOUT_MS), redirect: 'error' });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`${url.href} answered ${response.status}`);
  };
}
