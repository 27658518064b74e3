import { present } from '@ticketing/service-kit/present';
import type { World } from '../prove/checker/world.ts';
import { ticketOf, told, type Spoil } from './prove-rows.ts';

const tried = (world: World, deed: string, status: number, code = 'A') =>
  present(world.history.find((one) => one.deed === deed && one.status === status && one.ticketCode === code));

/** For each rule about the door, everything that breaks it. */
export const DOOR_SPOILS: Record<string, Record<string, Spoil>> = {
  'a ticket is let in once, and once more for each time that this was taken back': {
    'let in twice': (world) => (tried(world, 'check-in', 409).status = 200),
    'let in twice after it was taken back': (world) => {
      for (let count = 0; count < 2; count++) {
        world.history.push(told({ who: 'organizer', deed: 'check-in', status: 200, ticketCode: 'B' }));
      }
    },
    'taken back twice': (world) => (tried(world, 'undo-check-in', 409, 'B').status = 200),
  },
  'whoever is in was let in by someone, and whoever was let in is in': {
    'let in, and forgotten': (world) => (ticketOf(world, 'A').status = 'valid'),
    'taken back, and still in': (world) => (ticketOf(world, 'B').status = 'checked_in'),
    'in by themselves': (world) => (ticketOf(world, 'D').status = 'checked_in'),
  },
  'nobody is let in with a code that no ticket has': {
    'a code that nobody has': (world) => (tried(world, 'check-in', 200).ticketCode = 'Z'),
    'a code that nobody has, told to be in': (world) => (tried(world, 'check-in', 409).ticketCode = 'Z'),
  },
  'a ticket is let in at the door of its own event, and turned away at every other': {
    'let in elsewhere': (world) => (tried(world, 'check-in', 200, 'B').eventId = 'other'),
    'turned away at its own event': (world) => (tried(world, 'check-in', 409, 'B').eventId = 'event-1'),
    'turned away where no event was named': (world) => delete tried(world, 'check-in', 409, 'B').eventId,
  },
  'each act at the door is on record, and no other': {
    'a check-in that is not': (world) => world.database.doorActs.shift(),
    'one taken back that is not': (world) => world.database.doorActs.pop(),
    'both of them': (world) => world.database.doorActs.splice(1),
    'a check-in too many': (world) => world.database.doorActs.push({ code: 'A', kind: 'in' }),
    'one of which nobody knows': (world) => world.database.doorActs.push({ code: 'D', kind: 'in' }),
  },
};
