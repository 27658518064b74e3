import type { Fault } from '@ticketing/service-kit/fault';
import type { NewEvent } from '@ticketing/types/event';
import { priceFaults, type PricedTicketType, type Prices } from './event-prices.ts';

/** An event as it would be after a request; fields that the request gives are blamed first. */
export interface Proposal extends Prices {
  /** What the request gives of the event itself. */
  given: { startsAt?: unknown; endsAt?: unknown };
  startsAt: Date;
  endsAt: Date;
  ticketTypes: ProposedTicketType[];
}

export interface ProposedTicketType extends PricedTicketType {
  /** Where it is in the request and what is given there; absent: the request leaves it as it is. */
  request?: { path: string; given: { name?: unknown; price?: unknown; salesStart?: unknown; salesEnd?: unknown } };
  salesStart: Date | null;
  salesEnd: Date | null;
}

/** What is wrong with a new event, beyond what its schema tells. */
export function faultsOfNew(event: NewEvent, now: Date): Fault[] {
  const ticketTypes = event.ticketTypes.map((given, index) => ({
    ...given,
    request: { path: `ticketTypes.${index}`, given },
  }));
  const faults = faultsOf({ ...event, given: event, ticketTypes });
  return isOver(event, now) ? [{ path: 'endsAt', message: 'must lie in the future' }, ...faults] : faults;
}

/** Whether nobody could come any more. */
export function isOver(event: { endsAt: Date }, now: Date): boolean {
  return event.endsAt <= now;
}

/** What is wrong with an event as a whole. */
export function faultsOf(event: Proposal): Fault[] {
  const faults: Fault[] = [];
  if (event.endsAt <= event.startsAt) {
    faults.push(
      event.given.endsAt === undefined
        ? { path: 'startsAt', message: 'must be before endsAt' }
        : { path: 'endsAt', message: 'must be after startsAt' },
    );
  }
  for (const type of event.ticketTypes) faults.push(...salesFaults(type, event.endsAt));
  return [...faults, ...nameFaults(event.ticketTypes), ...priceFaults(event)];
}

function salesFaults({ request, name, salesStart, salesEnd }: ProposedTicketType, endsAt: Date): Fault[] {
  const faults: Fault[] = [];
  const { path, given } = request ?? { path: '', given: {} };
  if (salesStart && salesEnd && salesEnd <= salesStart) {
    faults.push(
      given.salesEnd === undefined
        ? { path: `${path}.salesStart`, message: 'must be before salesEnd' }
        : { path: `${path}.salesEnd`, message: 'must be after salesStart' },
    );
  }
  if (salesEnd && salesEnd > endsAt) {
    faults.push(
      given.salesEnd === undefined
        ? { path: 'endsAt', message: `must not be before the sales of "${name}" close, ${salesEnd.toISOString()}` }
        : { path: `${path}.salesEnd`, message: 'must not be after the event ends' },
    );
  }
  if (salesStart && salesStart >= endsAt) {
    faults.push(
      given.salesStart === undefined
        ? { path: 'endsAt', message: `must be after the sales of "${name}" open, ${salesStart.toISOString()}` }
        : { path: `${path}.salesStart`, message: 'must be before the event ends' },
    );
  }
  return faults;
}

/** Names are how buyers tell ticket types apart, so they differ by more than case and what cannot be seen. */
function nameFaults(ticketTypes: ProposedTicketType[]): Fault[] {
  const faults: Fault[] = [];
  const first = new Map<string, ProposedTicketType>();
  for (const type of ticketTypes) {
    const name = type.name
      .normalize('NFKC')
      .replaceAll(/\p{DI}/gu, '')
      .toLowerCase();
    const other = first.get(name);
    // What the request does not touch had a name of its own, so it is another one that took it.
    const taker = type.request?.given.name === undefined ? other : type;
    const path = taker?.request?.path;
    if (other && path !== undefined)
      faults.push({ path: `${path}.name`, message: 'is the name of another ticket type' });
    first.set(name, other ?? type);
  }
  return faults;
}
