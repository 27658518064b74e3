import { MISUSED } from './money.ts';
import { CORE, type Mutant } from './mutant.ts';

const ALIKE = 'each refund here is one at Stripe, with its amount and state, and the other way round';
const UNFINISHED = 'no refund is left half done';

export const REFUND_MUTANTS: Mutant[] = [
  {
    name: 'any-status-is-success',
    what: 'a refund that Stripe calls failed or canceled counts as succeeded',
    mode: 'standalone',
    patches: [
      {
        file: `${CORE}/refund-rules.ts`,
        from: "case 'canceled':\n      return 'failed';",
        to: "case 'canceled':\n      return 'succeeded';",
      },
    ],
    rules: [ALIKE, MISUSED],
  },
  {
    name: 'later-failure-ignored',
    what: 'a refund that has succeeded stays so, though it failed later',
    mode: 'standalone',
    patches: [{ file: `${CORE}/refund-rules.ts`, from: 'failed: 3,', to: 'failed: 1.5,' }],
    rules: [ALIKE, MISUSED],
  },
  {
    name: 'part-by-hand-given-again',
    what: 'a refund asks for all of a payment, though a part of it went back by hand',
    mode: 'standalone',
    patches: [
      {
        file: `${CORE}/refund-rules.ts`,
        from: 'const amount = payment.amount - sentBack(refunds);',
        to: 'const amount = payment.amount;',
      },
    ],
    // Stripe sends back no more than there is: what is asked for is never done.
    rules: [UNFINISHED],
  },
  {
    name: 'part-by-hand-is-all',
    what: "a part that went back by hand is booked with the order's total",
    mode: 'standalone',
    patches: [
      {
        file: `${CORE}/refund-rules.ts`,
        from: 'formerProviderRefundIds: [], amount, currency, reason: ours',
        to: 'formerProviderRefundIds: [], amount: order.total, currency, reason: ours',
      },
    ],
    rules: [ALIKE, 'who was told that the money is back has it back'],
  },
  {
    name: 'refund-by-hand-unheard',
    what: 'a refund that nobody here asked for is not booked',
    mode: 'standalone',
    patches: [
      {
        file: `${CORE}/refund-rules.ts`,
        from: 'ledger.refunds.set(intentKey(outcome), [...refunds, other]);',
        to: '',
      },
    ],
    rules: [ALIKE, MISUSED],
  },
  {
    name: 'outage-uses-up-attempts',
    what: 'a refund is given up when Stripe was away for three attempts of it',
    mode: 'standalone',
    patches: [
      { file: `${CORE}/outbox.ts`, from: 'export const MAX_FAILURES = 20;', to: 'export const MAX_FAILURES = 3;' },
      {
        file: 'packages/order-effects/src/stripe-fault.ts',
        from: "return isAnswer ? 'object' : 'infrastructure';",
        to: "return 'object';",
      },
    ],
    ways: { 'pays twice': 1, pays: 2 },
    faults: [{ atMs: 1_500, fault: { kind: 'cut', link: 'services → Stripe', forMs: 10_000 } }],
    rules: ['only a refund that failed at Stripe is left to a person'],
  },
];
