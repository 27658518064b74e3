import type { Told } from '../../history.ts';
import { groupBy } from '../group.ts';
import type { Rule, World } from '../world.ts';

export const doorRules: Rule[] = [
  {
    name: 'a ticket is let in once, and once more for each time that this was taken back',
    find: (world) =>
      actsOf(world).flatMap(({ code, let: letIn, undone }) => {
        if (letIn.told > 1 + undone.possible) return [`${code} was let in ${letIn.told} times`];
        if (undone.told > letIn.possible) return [`${code} was taken back ${undone.told} times`];
        return [];
      }),
  },
  {
    name: 'whoever is in was let in by someone, and whoever was let in is in',
    find: (world) => {
      const acts = new Map(actsOf(world).map((each) => [each.code, each]));
      return world.database.tickets.flatMap(({ code, status }) => {
        const { let: letIn, undone } = acts.get(code) ?? NOTHING_DONE;
        const isIn = status === 'checked_in';
        if (isIn && letIn.possible === 0) return [`${code} is checked in`];
        const isKnown = letIn.told === letIn.possible && undone.told === undone.possible;
        // A refund after the door makes it void.
        const shouldBeIn = letIn.told > undone.told;
        return isKnown && status !== 'void' && isIn !== shouldBeIn ? [`${code} is ${status}`] : [];
      });
    },
  },
  {
    name: 'nobody is let in with a code that no ticket has',
    find: ({ database, history }) => {
      const known = new Set(database.tickets.map(({ code }) => code));
      return history
        .filter(({ deed, status, code }) => deed === 'check-in' && (status === 200 || code === 'ALREADY_CHECKED_IN'))
        .flatMap(({ ticketCode = '' }) =>
          known.has(ticketCode) ? [] : [`${ticketCode} was let in, and is no ticket`],
        );
    },
  },
  {
    name: 'a ticket is let in at the door of its own event, and turned away at every other',
    find: ({ database, history }) => {
      const events = new Map(database.orders.map(({ id, eventId }) => [id, eventId]));
      const eventOf = new Map(database.tickets.map(({ code, orderId }) => [code, events.get(orderId)]));
      return history.flatMap(({ deed, eventId, ticketCode = '', status, code }) => {
        if (deed !== 'check-in') return [];
        const isWrong = eventId !== undefined && eventOf.get(ticketCode) !== eventId;
        if (isWrong && status === 200) return [`${ticketCode} was let in at ${eventId}`];
        return !isWrong && code === 'WRONG_EVENT' ? [`${ticketCode} was turned away at ${eventId ?? 'no event'}`] : [];
      });
    },
  },
  {
    name: 'each act at the door is on record, and no other',
    find: (world) => {
      const records = groupBy(world.database.doorActs, ({ code }) => code);
      const status = new Map(world.database.tickets.map((ticket) => [ticket.code, ticket.status]));
      const told = new Map(actsOf(world).map((each) => [each.code, each]));
      return [...new Set([...records.keys(), ...told.keys()])].flatMap((code) => {
        const of = (kind: string) => (records.get(code) ?? []).filter((act) => act.kind === kind).length;
        const { let: letIn, undone } = told.get(code) ?? NOTHING_DONE;
        const [ins, undos] = [of('in'), of('undo')];
        const isTold = isWithin(ins, letIn) && isWithin(undos, undone);
        const left = ins - undos;
        const expected = { checked_in: [1], valid: [0] }[status.get(code) ?? ''] ?? [0, 1];
        if (isTold && expected.includes(left)) return [];
        return [`${code} is ${status.get(code) ?? 'unknown'}, with ${ins} check-ins and ${undos} taken back on record`];
      });
    },
  },
];

/** How often something was done: as people were told, and at most, if what they got no answer to was done too. */
interface Count {
  told: number;
  possible: number;
}

interface Acts {
  let: Count;
  undone: Count;
}

const NOTHING_DONE: Acts = { let: { told: 0, possible: 0 }, undone: { told: 0, possible: 0 } };

function actsOf({ history }: World): (Acts & { code: string })[] {
  const atDoor = history.filter(({ deed }) => deed === 'check-in' || deed === 'undo-check-in');
  return [...groupBy(atDoor, ({ ticketCode }) => ticketCode)].map(([code, all]) => ({
    code,
    let: countOf(all.filter(({ deed }) => deed === 'check-in')),
    undone: countOf(all.filter(({ deed }) => deed === 'undo-check-in')),
  }));
}

function countOf(tries: Told[]): Count {
  const told = tries.filter(({ status }) => status === 200).length;
  return { told, possible: told + tries.filter(({ status }) => status === 0 || status >= 500).length };
}

function isWithin(count: number, { told, possible }: Count): boolean {
  return told <= count && count <= possible;
}
