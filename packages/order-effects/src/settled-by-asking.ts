import { Counter, type Registry } from 'prom-client';

/** A counter of what should have come by webhook, and did not: webhooks do not arrive, or are refused. */
export function countSettledByAsking(registry: Registry): () => void {
  const settled = new Counter({
    name: 'stripe_settled_by_asking_total',
    help: 'Payments and refunds that were settled by asking Stripe, since their webhook did not come, for a minute or two',
    registers: [registry],
  });
  return () => settled.inc();
}
