import type { Logger } from '@ticketing/service-kit/log';
import { createLogThrottle } from '@ticketing/service-kit/log-throttle';
import { Counter, type Registry } from 'prom-client';

/** Why a webhook was refused: a closed list, since anybody may send one. */
export type WebhookRefusal = 'missing' | 'malformed' | 'signature' | 'stale';

/** Counts a refused webhook, and warns about it. */
export type OnRefused = (refusal: WebhookRefusal) => void;

/** What to look at, for whoever reads the log. */
const HINTS: Record<WebhookRefusal, string> = {
  missing:
    'A webhook without a Stripe-Signature header was refused: it is not from Stripe, or a proxy removes the header.',
  malformed: 'A webhook whose Stripe-Signature header or body cannot be read was refused: it is not from Stripe.',
  signature:
    'A webhook with a wrong signature was refused: STRIPE_WEBHOOK_SECRET is not the signing secret of the endpoint in the ' +
    'Stripe dashboard, a proxy changes the body, or it is not from Stripe.',
  stale:
    "A webhook that was signed more than 5 minutes ago was refused: this host's clock is wrong, or somebody repeats an old one.",
};

/** Whoever sends garbage must not fill the disk. */
const ONCE_A_MINUTE = { lines: 1, windowMs: 60_000 };

export function countRefusedWebhooks(registry: Registry, log: Logger): OnRefused {
  const refused = new Counter({
    name: 'stripe_webhooks_refused_total',
    help: 'Webhooks refused for their signature: missing, malformed (cannot be read), signature (wrong), stale (too old)',
    labelNames: ['reason'] as const,
    registers: [registry],
  });
  // From the start, so that the first one is an increase.
  for (const reason of Object.keys(HINTS)) refused.inc({ reason }, 0);
  const throttle = createLogThrottle();
  return (reason) => {
    refused.inc({ reason });
    throttle(reason, ONCE_A_MINUTE, (times) => log.warn({ reason, times }, HINTS[reason]));
  };
}
