import type { Ways } from '../crowd/ways.ts';
import type { PlannedFault } from '../faults/schedule.ts';
import type { Mode } from '../shop/shop.ts';
import type { Patch } from './build.ts';

/** A way to break the code on purpose, which the checker has to notice. */
export interface Mutant {
  name: string;
  /** What is wrong with it. */
  what: string;
  mode: Mode;
  patches: Patch[];
  /** Rules of which one has to be found broken: it must be noticed for what it is. */
  rules: string[];
  /** What has to happen for it to show; the people alone bring most of them to light. */
  faults?: PlannedFault[];
  /** What people do; all that they do, when not given. */
  ways?: Ways;
  /** How many there are, where it takes more than usual for it to happen for certain. */
  buyers?: number;
}

const CORE = 'packages/order-core/src';
const MISUSED = 'each succeeded payment is one paid order, or one refund of the right amount, or waits with a reason';
const MOMENT = 'stock is right at every moment';

/** The worker cannot settle what it has fetched, and is killed with that. */
const WORKERS_DIE: PlannedFault[] = [1_500, 4_500].flatMap((atMs) => [
  { atMs, fault: { kind: 'cut', link: 'payment-worker-1 → Postgres', forMs: 1_800 } },
  { atMs, fault: { kind: 'cut', link: 'payment-worker-2 → Postgres', forMs: 1_800 } },
  { atMs: atMs + 1_500, fault: { kind: 'kill', replica: 'payment-worker-1', forMs: 0 } },
  { atMs: atMs + 1_500, fault: { kind: 'kill', replica: 'payment-worker-2', forMs: 0 } },
]);

export const MUTANTS: Mutant[] = [
  {
    name: 'no-stock-guard',
    what: 'a hold is given whether or not there is anything left',
    mode: 'standalone',
    patches: [
      {
        file: `${CORE}/placement.ts`,
        from: '.filter((line) => line.quantity > line.available)',
        to: '.filter(() => false)',
      },
    ],
    rules: [MOMENT, 'never more held and sold than there is'],
  },
  {
    name: 'no-stock-lock',
    what: 'stock is read without locking it, so that two processes decide on the same seats',
    mode: 'standalone',
    patches: [{ file: `${CORE}/stock.ts`, from: 'for update`', to: '`' }],
    rules: [MOMENT, 'never more held and sold than there is'],
  },
  {
    name: 'late-payments-take-any-seat',
    what: 'a late payment gets seats whether or not there are any',
    mode: 'standalone',
    patches: [
      { file: `${CORE}/settlement.ts`, from: "if (left < quantity) return 'sold-out';", to: 'if (left < 0) continue;' },
    ],
    // Who pays in time takes the seats that latecomers lose.
    ways: { 'pays late': 1, pays: 2 },
    buyers: 500,
    rules: [MOMENT, 'never more held and sold than there is'],
  },
  {
    name: 'no-dedup',
    what: 'a report that comes twice is settled twice',
    mode: 'standalone',
    patches: [
      {
        file: `${CORE}/settle.ts`,
        from: "const isRepeat = seen.has(outcome.eventId) || earlier.get(outcome.eventId) === 'settled';",
        to: 'const isRepeat = false;',
      },
      {
        file: `${CORE}/settlement.ts`,
        from: "if (order.paidIntentId === intentId) return { kind: 'duplicate', orderId: order.id };",
        to: '',
      },
    ],
    faults: [
      {
        atMs: 0,
        fault: { kind: 'deliver', copies: 2, delayMs: 0, shuffleMs: 500, dropRate: 0, paused: false, forMs: 0 },
      },
    ],
    rules: [MISUSED, 'money goes back only for a reason'],
  },
  {
    name: 'release-without-asking',
    what: 'a hold ends without asking Stripe whether it was paid',
    mode: 'standalone',
    patches: [
      {
        file: `${CORE}/release.ts`,
        from: "where o.status = 'pending' and o.expires_at <= now() and ${NO_OPEN_PAYMENT}",
        to: "where o.status = 'pending' and o.expires_at <= now()",
      },
    ],
    rules: ['nobody can still pay for an order that is over', 'who paid while the hold stood keeps the seats'],
  },
  {
    name: 'any-amount',
    what: 'an order is paid with whatever amount comes',
    mode: 'standalone',
    patches: [
      {
        file: `${CORE}/settlement.ts`,
        from: 'if (outcome.amount !== order.total || outcome.currency !== order.currency) {',
        to: 'if (outcome.currency !== order.currency) {',
      },
    ],
    ways: { 'pays another amount': 1, pays: 3 },
    rules: ['who is paid has paid, the right amount, for that order'],
  },
  {
    name: 'refund-forgotten',
    what: 'money that bought nothing is noted, and never sent back',
    mode: 'standalone',
    patches: [{ file: `${CORE}/settle.ts`, from: '...refundsDue(ledger), ', to: '' }],
    rules: [MISUSED],
  },
  {
    name: 'tickets-outlive-the-refund',
    what: 'tickets stay good when their money is sent back',
    mode: 'standalone',
    patches: [{ file: `${CORE}/tickets.ts`, from: "set status = 'void' where", to: 'set status = status where' }],
    rules: ['nobody has tickets without a paid order, and every paid order has them all'],
  },
  {
    name: 'keys-forgotten',
    what: 'the same request with the same key is a second order',
    mode: 'standalone',
    patches: [{ file: `${CORE}/place.ts`, from: 'request.idempotency?.key ?? null', to: 'null' }],
    rules: ['the same key is the same order'],
  },
  {
    name: 'door-open-twice',
    what: 'a ticket is let in as often as it is shown',
    mode: 'standalone',
    patches: [
      {
        file: `${CORE}/check-in.ts`,
        from: "where t.code = $1 and t.status = 'valid'",
        to: "where t.code = $1 and t.status <> 'void'",
      },
    ],
    rules: ['no ticket is let in twice'],
  },
  {
    name: 'capacity-cut-blindly',
    what: 'a capacity can be cut below what is held and sold',
    mode: 'standalone',
    patches: [
      {
        file: 'apps/events-service/src/event-change.ts',
        from: 'if (held + sold <= capacity) return [];',
        to: 'if (capacity > 0) return [];',
      },
    ],
    rules: [MOMENT, 'never more held and sold than there is'],
  },
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
];
