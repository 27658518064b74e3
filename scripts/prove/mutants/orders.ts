import { CORE, type Mutant } from './mutant.ts';

export const ORDER_MUTANTS: Mutant[] = [
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
];
