import type { Fault } from '@ticketing/service-kit/fault';
import { MAX_TICKET_TYPES, NewTicketType, type EventChange, type TicketTypeChange } from '@ticketing/types/event';
import { faultsOf, type ProposedTicketType } from './event-faults.ts';
import type { StoredEvent, StoredTicketType } from './event.ts';

/** What a change amounts to, decided without touching anything. */
export type ChangePlan =
  | { kind: 'unchanged' }
  | { kind: 'planned'; fields: EventFields; changed: ChangedTicketType[]; added: NewTicketType[]; cuts: CapacityCut[] }
  | { kind: 'invalid'; faults: Fault[] }
  | { kind: 'refused'; reason: string };

export type EventFields = Partial<Omit<EventChange, 'ticketTypes'>>;

export interface ChangedTicketType {
  id: string;
  fields: Partial<Omit<StoredTicketType, 'id'>>;
}

/** A capacity that goes down: allowed only as far as tickets are neither held nor sold. */
export interface CapacityCut {
  ticketTypeId: string;
  capacity: number;
  /** Where the request says so. */
  path: string;
}

/** Decides what a change does to an event. Values that are there already are no change. */
export function planChange(event: StoredEvent, { ticketTypes = [], ...given }: EventChange): ChangePlan {
  if (event.status === 'cancelled') return { kind: 'refused', reason: 'The event is cancelled; it stays as it is.' };
  const fields = differing(event, given);
  if (fields.currency !== undefined && event.status !== 'draft') {
    return { kind: 'refused', reason: 'The event was published: its currency stays.' };
  }
  const { faults, changes, additions } = sort(event.ticketTypes, ticketTypes);
  const proposed = [
    ...event.ticketTypes.map((type) => propose(type, changes.get(type.id))),
    ...additions.map(({ type, path }) => ({ ...type, request: { path, given: type } })),
  ];
  faults.push(...faultsOf({ ...event, ...fields, currencyBefore: event.currency, given, ticketTypes: proposed }));
  if (proposed.length > MAX_TICKET_TYPES) {
    faults.push({ path: 'ticketTypes', message: `must not make more than ${MAX_TICKET_TYPES} in all` });
  }
  if (faults.length > 0) return { kind: 'invalid', faults };
  const changed = event.ticketTypes.flatMap((type) => {
    const ofType = differing(type, changes.get(type.id)?.given ?? {});
    return isEmpty(ofType) ? [] : [{ id: type.id, fields: ofType }];
  });
  if (isEmpty(fields) && changed.length === 0 && additions.length === 0) return { kind: 'unchanged' };
  const cuts = event.ticketTypes.flatMap((type) => cutOf(type, changes.get(type.id)));
  return { kind: 'planned', fields, changed, added: additions.map(({ type }) => type), cuts };
}

/** Which cuts go below what is held and sold; `stock` must be locked. */
export function cutFaults(cuts: CapacityCut[], stock: Map<string, { held: number; sold: number }>): Fault[] {
  return cuts.flatMap(({ ticketTypeId, capacity, path }) => {
    const { held, sold } = stock.get(ticketTypeId) ?? { held: 0, sold: 0 };
    if (held + sold <= capacity) return [];
    return [{ path, message: `must be at least ${held + sold}: ${sold} sold and ${held} held` }];
  });
}

interface Change {
  path: string;
  given: Omit<TicketTypeChange, 'id'>;
}

interface Sorted {
  faults: Fault[];
  /** By the id of the ticket type. */
  changes: Map<string, Change>;
  additions: { path: string; type: NewTicketType }[];
}

/** Tells changes of ticket types from additions. */
function sort(existing: StoredTicketType[], requested: TicketTypeChange[]): Sorted {
  const known = new Set(existing.map(({ id }) => id));
  const sorted: Sorted = { faults: [], changes: new Map(), additions: [] };
  for (const [index, { id, ...given }] of requested.entries()) {
    const path = `ticketTypes.${index}`;
    if (id === undefined) {
      const whole = NewTicketType.safeParse(asInput(given));
      if (whole.success) sorted.additions.push({ path, type: whole.data });
      else sorted.faults.push(...whole.error.issues.map((issue) => missing(path, issue.path)));
    } else if (!known.has(id)) {
      sorted.faults.push({ path: `${path}.id`, message: 'is not a ticket type of this event' });
    } else if (sorted.changes.has(id)) {
      sorted.faults.push({ path: `${path}.id`, message: 'is named twice' });
    } else {
      sorted.changes.set(id, { path, given });
    }
  }
  return sorted;
}

/** The values as they came in: instants were parsed already. */
function asInput(given: object): unknown {
  return JSON.parse(JSON.stringify(given));
}

/** Each value that is there was found valid already, so what the whole schema finds is missing. */
function missing(path: string, field: PropertyKey[]): Fault {
  return { path: [path, ...field].join('.'), message: 'is required for a new ticket type; to change one, give its id' };
}

function propose(type: StoredTicketType, change: Change | undefined): ProposedTicketType {
  const before = { ...type, priceBefore: type.price };
  return change ? { ...before, ...present(change.given), request: change } : before;
}

function cutOf(type: StoredTicketType, change: Change | undefined): CapacityCut[] {
  const capacity = change?.given.capacity ?? type.capacity;
  if (!change || capacity >= type.capacity) return [];
  return [{ ticketTypeId: type.id, capacity, path: `${change.path}.capacity` }];
}

/** The given values that differ from the current ones. */
function differing<Given extends object>(current: object, given: Given): Partial<Given> {
  const currentValues = current as Record<string, unknown>;
  const entries = Object.entries(present(given)).filter(([field, value]) => !isSame(currentValues[field], value));
  return Object.fromEntries(entries) as Partial<Given>;
}

function isSame(a: unknown, b: unknown): boolean {
  return a instanceof Date && b instanceof Date ? a.getTime() === b.getTime() : a === b;
}

function present<Given extends object>(given: Given): Given {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Given;
}

function isEmpty(fields: object): boolean {
  return Object.keys(fields).length === 0;
}
