import { CORE, type Mutant } from './mutant.ts';

const MOMENT = 'stock is right at every moment';

export const STOCK_MUTANTS: Mutant[] = [
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
    name: 'release-without-asking',
    what: 'a hold ends without asking Stripe whether it was paid',
    mode: 'standalone',
    patches: [
      {
        file: `${CORE}/release.ts`,
        from: 'and ${NO_OPEN_PAYMENT}',
        to: '',
      },
      {
        file: `${CORE}/release.ts`,
        from: '.filter((id) => !open.has(id))',
        to: '',
      },
    ],
    // Another replica may be the first to ask: with many who leave a payment behind, it is not for all of them.
    ways: { 'gives up': 3, pays: 1 },
    rules: ['nobody can still pay for an order that is over', 'who paid while the hold stood keeps the seats'],
  },
  {
    name: 'released-while-processing',
    what: 'a hold ends while the bank is processing its payment',
    mode: 'standalone',
    patches: [
      {
        file: 'packages/order-effects/src/stripe-intent.ts',
        from: "if (status === 'canceled') return",
        to: "if (status === 'canceled' || status === 'processing') return",
      },
    ],
    ways: { 'pays by debit': 2, pays: 1 },
    rules: ['nobody can still pay for an order that is over', 'who paid while the hold stood keeps the seats'],
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
    name: 'cancelled-hold-keeps-seats',
    what: 'a hold that its buyer cancels keeps its seats',
    mode: 'standalone',
    patches: [
      {
        file: `${CORE}/release.ts`,
        from: 'await moveStock(client, moves);',
        to: "if (status !== 'cancelled') await moveStock(client, moves);",
      },
    ],
    rules: [MOMENT, 'what is sold is in paid orders, and what is held in pending ones'],
  },
  {
    name: 'late-payment-takes-none',
    what: 'a late payment that gets tickets takes no seats for them',
    mode: 'standalone',
    patches: [
      {
        file: `${CORE}/settlement.ts`,
        from: 'moveSeats(order, { held: wasHeld ? -1 : 0, sold: 1 }, ledger);',
        to: 'if (wasHeld) moveSeats(order, { held: -1, sold: 1 }, ledger);',
      },
    ],
    ways: { 'pays late': 1, pays: 1 },
    rules: [MOMENT, 'what is sold is in paid orders, and what is held in pending ones'],
  },
  {
    name: 'cancelled-event-sells-on',
    what: 'tickets of a cancelled event are sold',
    mode: 'standalone',
    patches: [
      {
        file: `${CORE}/placement.ts`,
        from: "if (first.sellable.eventStatus !== 'published')",
        to: "if (first.sellable.eventStatus === 'draft')",
      },
    ],
    rules: ['nothing is sold of an event that was said to be cancelled'],
  },
];
