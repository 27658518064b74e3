import { CORE, type Mutant } from './mutant.ts';

/** Of all that can become of a succeeded payment. */
export const MISUSED = 'each succeeded payment is one paid order, or all of it went back, or it waits with a reason';

export const MONEY_MUTANTS: Mutant[] = [
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
    name: 'second-payment-kept',
    what: 'the second payment of an order is kept',
    mode: 'standalone',
    patches: [
      {
        file: `${CORE}/settlement.ts`,
        from: "return giveBack(outcome, order, 'paid-twice', ledger);",
        to: "return { kind: 'duplicate', orderId: order.id };",
      },
    ],
    ways: { 'pays twice': 1, pays: 1 },
    rules: [MISUSED],
  },
  {
    name: 'half-a-refund',
    what: 'half of the money that is due goes back',
    mode: 'standalone',
    patches: [
      {
        file: 'packages/order-effects/src/stripe-refund.ts',
        from: 'amount: due.amount,',
        to: 'amount: Math.floor(due.amount / 2),',
      },
    ],
    rules: [MISUSED],
  },
  {
    name: 'a-cent-above',
    what: 'an order of two ticket types costs a cent more than its lines',
    mode: 'standalone',
    patches: [
      {
        file: `${CORE}/placement.ts`,
        from: 'sellable.price * quantity, 0);',
        to: 'sellable.price * quantity, wanted.length > 1 ? 1 : 0);',
      },
    ],
    rules: ["an order's total is the sum of its lines, each at its ticket type's price"],
  },
];
