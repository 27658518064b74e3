import { CORE, type Mutant } from './mutant.ts';

const ONCE = 'a ticket is let in once, and once more for each time that this was taken back';
const file = `${CORE}/check-in.ts`;

export const DOOR_MUTANTS: Mutant[] = [
  {
    name: 'door-open-twice',
    what: 'a ticket is let in as often as it is shown',
    mode: 'standalone',
    patches: [{ file, from: "ticket.status === 'valid' ? 'in' : 'already-in'", to: "'in'" }],
    rules: [ONCE],
  },
  {
    name: 'door-without-lock',
    what: 'two who show a ticket at the same moment are both let in',
    mode: 'standalone',
    patches: [{ file, from: 'for update of t', to: '' }],
    rules: [ONCE],
  },
  {
    name: 'takes-back-what-was-not',
    what: 'a check-in is taken back as often as that is asked for',
    mode: 'standalone',
    patches: [{ file, from: "ticket.status === 'checked_in' ? 'undo' : 'not-in'", to: "'undo'" }],
    rules: [ONCE],
  },
  {
    name: 'any-door',
    what: 'a ticket is let in at the door of another event',
    mode: 'standalone',
    patches: [{ file, from: 'eventId !== undefined && ticket.event.id !== eventId', to: 'false' }],
    rules: ['a ticket is let in at the door of its own event, and turned away at every other'],
  },
  {
    name: 'door-keeps-no-record',
    what: 'nobody knows later who was let in and when that was taken back',
    mode: 'standalone',
    patches: [
      {
        file,
        from: 'insert into check_ins (id, ticket_id, kind, actor_id) values ($1, $2, $3, $4) returning ticket_id, kind, at',
        to: 'select $2::uuid as ticket_id, $3::text as kind, clock_timestamp() as at, $1::uuid, $4::uuid',
      },
    ],
    rules: ['each act at the door is on record, and no other'],
  },
];
