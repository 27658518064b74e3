import type { Logger } from '@ticketing/service-kit/log';
import { createLogThrottle } from '@ticketing/service-kit/log-throttle';
import { Counter, type Registry } from 'prom-client';
import type Stripe from 'stripe';

/** What Stripe refuses all calls alike for, by the status of its answer (https://docs.stripe.com/api/errors). */
const REFUSALS = new Map([
  [
    401,
    {
      reason: 'authentication',
      words: 'Stripe does not accept STRIPE_SECRET_KEY: it is wrong, has expired or was revoked. Set another one',
    },
  ],
  [
    403,
    {
      reason: 'permission',
      words:
        'STRIPE_SECRET_KEY is not allowed to make this call. Add the permission to the key in the Stripe dashboard',
    },
  ],
]);

const ONCE_A_MINUTE = { lines: 1, windowMs: 60_000 };

/** What Stripe's client tells of an answer; its types do not say so. */
interface Answered {
  status: number;
  method: string;
  path: string;
  request_id?: string;
}

/** Restricted keys may not read it, and need not: https://docs.stripe.com/api/accounts/retrieve */
const OWN_ACCOUNT = /^\/v1\/account(?:\?|$)/;

/** Counts the calls that Stripe refuses because of the key, whoever makes them, and says so in the log once a minute. */
export function watchRefusals(stripe: Stripe, { registry, log }: { registry: Registry; log: Logger }): void {
  const refused = new Counter({
    name: 'stripe_refused_total',
    help: 'Calls that Stripe refused because of the key: authentication (it is wrong, revoked or expired), permission',
    labelNames: ['reason'] as const,
    registers: [registry],
  });
  // From the start, so that the first one is an increase.
  for (const { reason } of REFUSALS.values()) refused.inc({ reason }, 0);
  const throttle = createLogThrottle();
  const listen = stripe.on as (event: 'response', listener: (answered: Answered) => void) => void;
  listen('response', ({ status, method, path, request_id: stripeRequestId }) => {
    const refusal = REFUSALS.get(status);
    if (!refusal || OWN_ACCOUNT.test(path)) return;
    const { reason, words } = refusal;
    refused.inc({ reason });
    const call = `${method} ${path.split('?', 1)[0]}`;
    throttle(reason, ONCE_A_MINUTE, (times) => log.error({ reason, status, call, stripeRequestId, times }, words));
  });
}
