import { CORE, type Mutant } from './mutant.ts';

const HOLDS = 'nobody has more open holds of an event than allowed';
const TICKETS = 'nobody has more tickets than one buyer may have';

export const LIMIT_MUTANTS: Mutant[] = [
  {
    name: 'holds-without-limit',
    what: 'anyone may have any number of open holds',
    mode: 'standalone',
    patches: [
      {
        file: `${CORE}/buyer-limit-rules.ts`,
        from: 'openHolds >= maxOpenHolds)',
        to: 'openHolds >= Infinity)',
      },
    ],
    ways: { hoards: 1, pays: 1 },
    rules: [HOLDS],
  },
  {
    name: 'limits-counted-unlocked',
    what: 'what a buyer has is counted without a lock, so that two processes count the same',
    mode: 'standalone',
    patches: [
      {
        file: `${CORE}/buyer-limits.ts`,
        from: 'lockLimitsOfEvents(client, [...new Set(limited.map(({ eventId }) => eventId))]),',
        to: 'Promise.resolve(),',
      },
    ],
    ways: { hoards: 1 },
    rules: [HOLDS, TICKETS],
  },
  {
    name: 'tickets-without-limit',
    what: 'anyone may have any number of tickets of an event',
    mode: 'standalone',
    patches: [
      {
        file: `${CORE}/buyer-limit-rules.ts`,
        from: 'if (maxPerBuyer === null || has + wish <= maxPerBuyer) return undefined;',
        to: 'if (has + wish > 0) return undefined;',
      },
    ],
    ways: { hoards: 1 },
    rules: [TICKETS],
  },
  {
    name: 'orders-of-a-buyer-uncounted',
    what: 'the limit of tickets is that of one order, whatever its buyer has besides',
    mode: 'standalone',
    patches: [{ file: `${CORE}/buyer-limits.ts`, from: 'else own.tickets.set(ticketTypeId, count);', to: '' }],
    ways: { hoards: 1 },
    rules: [TICKETS],
  },
];
