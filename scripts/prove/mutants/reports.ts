import type { PlannedFault } from '../faults/schedule.ts';
import type { Mutant } from './mutant.ts';

/** The worker cannot settle what it has fetched, and is killed with that. */
const WORKERS_DIE: PlannedFault[] = [1_500, 4_500].flatMap((atMs) => [
  { atMs, fault: { kind: 'cut', link: 'payment-worker-1 → Postgres', forMs: 1_800 } },
  { atMs, fault: { kind: 'cut', link: 'payment-worker-2 → Postgres', forMs: 1_800 } },
  { atMs: atMs + 1_500, fault: { kind: 'kill', replica: 'payment-worker-1', forMs: 0 } },
  { atMs: atMs + 1_500, fault: { kind: 'kill', replica: 'payment-worker-2', forMs: 0 } },
]);

export const REPORT_MUTANTS: Mutant[] = [
  {
    name: 'webhook-always-fine',
    what: 'Stripe is answered 200 though its report was not taken in',
    mode: 'standalone',
    patches: [
      {
        file: 'apps/orders-service/src/stripe-webhook.ts',
        from: 'const outcome = await take(options, readReport(event), context);',
        to: "const outcome = await take(options, readReport(event), context).catch(() => 'lost');",
      },
    ],
    faults: [
      { atMs: 2_000, fault: { kind: 'cut', link: 'orders-service-1 → Postgres', forMs: 1_500 } },
      { atMs: 2_000, fault: { kind: 'cut', link: 'orders-service-2 → Postgres', forMs: 1_500 } },
    ],
    rules: ['every report of money that was acknowledged is kept'],
  },
  {
    name: 'offset-first',
    what: 'the worker commits its offsets, then settles',
    mode: 'full',
    patches: [
      {
        file: 'apps/payment-worker/src/consume.ts',
        from: 'await workOf(topic, partition).handle(messages, isStale);',
        to: 'void workOf(topic, partition).handle(messages, isStale).catch(() => undefined);',
      },
      {
        file: 'apps/payment-worker/src/consume.ts',
        from: 'workOf(topic, partition).position() ?? next',
        to: '(void topic, void partition, next)',
      },
    ],
    faults: WORKERS_DIE,
    rules: ['every queued report is settled or dead-lettered'],
  },
  {
    name: 'answer-before-queued',
    what: 'Stripe is answered before Kafka has the report, or anyone else',
    mode: 'full',
    patches: [
      {
        file: 'apps/orders-service/src/payment-intake.ts',
        from: 'await breaker.execute(() => producer.send(outcome, { traceparent }));',
        to: 'void breaker.execute(() => producer.send(outcome, { traceparent })).catch(() => undefined);',
      },
    ],
    faults: [{ atMs: 2_000, fault: { kind: 'cut', link: 'services → Kafka', forMs: 5_000 } }],
    rules: ['every report of money that was acknowledged is kept'],
  },
  {
    name: 'given-up-in-an-outage',
    what: 'reports are given up when the database is away',
    mode: 'full',
    patches: [
      {
        file: 'apps/payment-worker/src/settle-messages.ts',
        from: "throw new InfrastructureError('The database is away', { cause: attempted.error });",
        to: "verdicts.set(message, { kind: 'dead', code: 'RETRIES_EXHAUSTED', reason: 'away' });",
      },
    ],
    faults: [
      { atMs: 2_000, fault: { kind: 'cut', link: 'payment-worker-1 → Postgres', forMs: 2_000 } },
      { atMs: 2_000, fault: { kind: 'cut', link: 'payment-worker-2 → Postgres', forMs: 2_000 } },
    ],
    rules: ['only what cannot settle is given up'],
  },
];
