import { readHealth } from '@ticketing/types/health';
import { healthReply, runChecks, type Checked, type Checks } from '@ticketing/service-kit/health';
import type { HttpApp } from '@ticketing/service-kit/http-app';

/** Less than a check's own bound, so that the request is given up rather than left behind. */
const ASK_TIMEOUT_MS = 1_500;

/** Serves `GET /health`: asks everything at once. Calls that come meanwhile share the answer. */
export function implementPlatformHealth(http: HttpApp, checks: Checks): void {
  let running: Promise<Checked> | undefined;
  http.implement(readHealth, async () => {
    running ??= runChecks(checks).finally(() => (running = undefined));
    return healthReply(await running);
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
