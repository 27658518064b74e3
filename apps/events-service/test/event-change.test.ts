import { randomUUID } from 'node:crypto';
import { EventChange, MAX_TICKET_TYPES } from '@ticketing/types/event';
import { expect, test } from 'vitest';
import { cutFaults, planChange, type ChangePlan } from '../src/event-change.ts';
import type { StoredEvent, StoredTicketType } from '../src/event.ts';

const [standing, seat] = [storedType({ name: 'Standing' }), storedType({ name: 'Seat', capacity: 50 })];
const event: StoredEvent = {
  id: randomUUID(),
  organizerId: randomUUID(),
  maxPerBuyer: null,
  title: 'Night of the Proms',
  description: '',
  venue: 'Musikverein',
  timezone: 'Europe/Vienna',
  startsAt: new Date('2027-06-12T18:00:00Z'),
  endsAt: new Date('2027-06-12T20:00:00Z'),
  currency: 'EUR',
  status: 'published',
  version: 3,
  publishedAt: new Date('2027-01-01T00:00:00Z'),
  createdAt: new Date('2027-01-01T00:00:00Z'),
  updatedAt: new Date('2027-01-01T00:00:00Z'),
  ticketTypes: [standing, seat],
};

function storedType(overrides: Partial<StoredTicketType>): StoredTicketType {
  const type = { id: randomUUID(), name: '', description: '', price: 100, capacity: 10, maxPerOrder: 10 };
  return { ...type, maxPerBuyer: null, salesStart: null, salesEnd: null, ...overrides };
}

const plan = (change: object, of: StoredEvent = event): ChangePlan => planChange(of, EventChange.parse(change));
function faults(change: object, of?: StoredEvent): string[] {
  const planned = plan(change, of);
  if (planned.kind !== 'invalid') throw new Error(`Not invalid but ${planned.kind}`);
  return planned.faults.map(({ path, message }) => `${path} ${message}`);
}

test.each([
  {},
  { title: event.title, startsAt: '2027-06-12T20:00:00+02:00', currency: 'EUR' },
  { ticketTypes: [{ id: seat.id }, { id: standing.id, name: 'Standing', salesEnd: null }] },
])('a change to what is there already is none: %o', (change) => {
  expect(plan(change)).toEqual({ kind: 'unchanged' });
});

test('only what differs is changed', () => {
  const change = { title: 'Other', venue: event.venue, ticketTypes: [{ id: seat.id, name: 'Seat', price: 200 }] };
  expect(plan(change)).toEqual({
    kind: 'planned',
    fields: { title: 'Other' },
    changed: [{ id: seat.id, fields: { price: 200 } }],
    added: [],
    cuts: [],
  });
});

const draft: StoredEvent = { ...event, status: 'draft' };

test('a new price must be chargeable in the currency of the event', () => {
  expect(
    faults({
      ticketTypes: [
        { id: standing.id, price: 30 },
        { name: 'VIP', price: 49, capacity: 1 },
      ],
    }),
  ).toEqual([
    'ticketTypes.0.price must be 0 or at least 50 (EUR 0.50), the smallest charge in EUR',
    'ticketTypes.1.price must be 0 or at least 50 (EUR 0.50), the smallest charge in EUR',
  ]);
});

test('a new currency must fit every price, the ones that the request leaves as they are too', () => {
  expect(faults({ currency: 'HUF' }, draft)).toEqual([
    'currency does not fit the price of "Standing", which must be 0 or at least 17500 (HUF 175.00), the smallest charge in HUF',
    'currency does not fit the price of "Seat", which must be 0 or at least 17500 (HUF 175.00), the smallest charge in HUF',
  ]);
  const priced = { currency: 'KWD', ticketTypes: [{ id: seat.id, price: 1001 }] };
  expect(faults(priced, draft)).toEqual(['ticketTypes.0.price must be a multiple of 10 in KWD, like 1000 (KWD 1.000)']);
  const types = [standing, seat].map(({ id }) => ({ id, price: 20_000 }));
  expect(plan({ currency: 'HUF', ticketTypes: types }, draft).kind).toBe('planned');
});

test.each([
  { ...event, ticketTypes: [{ ...standing, price: 30 }, seat] },
  { ...event, currency: 'CUP' },
])('an event from before the rule keeps its prices, and changes otherwise', (old) => {
  const ticketTypes = old.ticketTypes.map(({ id, name, price }) => ({ id, name: `${name}!`, price }));
  expect(plan({ title: 'Other', ticketTypes }, old)).toMatchObject({ kind: 'planned', fields: { title: 'Other' } });
  expect(plan({ ticketTypes: [{ id: standing.id, price: 0 }] }, old).kind).toBe('planned');
  expect(faults({ ticketTypes: [{ id: standing.id, price: 31 }] }, old)).toHaveLength(1);
});

test('a cancelled event stays as it is', () => {
  expect(plan({}, { ...event, status: 'cancelled' }).kind).toBe('refused');
});

test('the currency stays once the event was published, and may change before', () => {
  expect(plan({ currency: 'USD' }).kind).toBe('refused');
  expect(plan({ currency: 'USD' }, { ...event, status: 'draft' })).toMatchObject({ fields: { currency: 'USD' } });
});

test('a fault is blamed on the field that the request gives', () => {
  expect(faults({ startsAt: '2027-06-12T20:00:00Z' })).toEqual(['startsAt must be before endsAt']);
  expect(faults({ endsAt: '2027-06-12T18:00:00Z' })).toEqual(['endsAt must be after startsAt']);
  const onSale = storedType({
    name: 'Early',
    salesStart: new Date('2027-06-12T18:10:00Z'),
    salesEnd: new Date('2027-06-12T19:00:00Z'),
  });
  const selling = { ...event, ticketTypes: [standing, onSale] };
  expect(faults({ endsAt: '2027-06-12T18:10:00Z' }, selling)).toEqual([
    'endsAt must not be before the sales of "Early" close, 2027-06-12T19:00:00.000Z',
    'endsAt must be after the sales of "Early" open, 2027-06-12T18:10:00.000Z',
  ]);
  expect(faults({ ticketTypes: [{ id: onSale.id, salesStart: '2027-06-12T19:30:00Z' }] }, selling)).toEqual([
    'ticketTypes.0.salesStart must be before salesEnd',
  ]);
  expect(faults({ ticketTypes: [{ id: onSale.id, salesEnd: '2027-06-12T21:00:00Z' }] }, selling)).toEqual([
    'ticketTypes.0.salesEnd must not be after the event ends',
  ]);
});

test('a name that another ticket type has is refused, whichever comes first', () => {
  const taken = 'ticketTypes.0.name is the name of another ticket type';
  expect(faults({ ticketTypes: [{ id: standing.id, name: 'SEAT' }] })).toEqual([taken]);
  expect(faults({ ticketTypes: [{ id: seat.id, name: 'standing' }] })).toEqual([taken]);
  expect(faults({ ticketTypes: [{ name: 'seat', price: 100, capacity: 1 }] })).toEqual([taken]);
  const change = {
    ticketTypes: [
      { id: seat.id, price: 150 },
      { id: standing.id, name: 'Seat' },
    ],
  };
  expect(faults(change)).toEqual(['ticketTypes.1.name is the name of another ticket type']);
});

test('two ticket types may swap their names', () => {
  const change = {
    ticketTypes: [
      { id: standing.id, name: 'Seat' },
      { id: seat.id, name: 'Standing' },
    ],
  };
  expect(plan(change).kind).toBe('planned');
});

test('ticket types are named by ids of this event, each once', () => {
  expect(faults({ ticketTypes: [{ id: randomUUID() }, { id: seat.id }, { id: seat.id, price: 150 }] })).toEqual([
    'ticketTypes.0.id is not a ticket type of this event',
    'ticketTypes.2.id is named twice',
  ]);
});

test('a new ticket type is complete, and gets the defaults', () => {
  const required = 'is required for a new ticket type; to change one, give its id';
  expect(faults({ ticketTypes: [{ id: seat.id }, { description: 'Balcony' }] })).toEqual([
    `ticketTypes.1.name ${required}`,
    `ticketTypes.1.price ${required}`,
    `ticketTypes.1.capacity ${required}`,
  ]);
  const salesEnd = '2027-06-12T10:00:00+02:00';
  expect(plan({ ticketTypes: [{ name: 'Balcony', price: 0, capacity: 5, salesEnd }] })).toMatchObject({
    added: [{ name: 'Balcony', maxPerOrder: 10, description: '', salesStart: null, salesEnd: new Date(salesEnd) }],
  });
});

test('an event has a bounded number of ticket types', () => {
  const added = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ name: `Block ${index}`, price: 100, capacity: 1 }));
  expect(plan({ ticketTypes: added(MAX_TICKET_TYPES - 2) }).kind).toBe('planned');
  expect(faults({ ticketTypes: added(MAX_TICKET_TYPES - 1) })).toEqual([
    'ticketTypes must not make more than 50 in all',
  ]);
});

test('only a capacity that goes down is a cut, refused below what is held and sold', () => {
  const planned = plan({
    ticketTypes: [
      { id: seat.id, capacity: 30 },
      { id: standing.id, capacity: 11 },
    ],
  });
  if (planned.kind !== 'planned') throw new Error(planned.kind);
  expect(planned.cuts).toEqual([{ ticketTypeId: seat.id, capacity: 30, path: 'ticketTypes.0.capacity' }]);
  const stock = (held: number, sold: number) => new Map([[seat.id, { held, sold }]]);
  expect(cutFaults(planned.cuts, new Map())).toEqual([]);
  expect(cutFaults(planned.cuts, stock(10, 20))).toEqual([]);
  expect(cutFaults(planned.cuts, stock(10, 21))).toEqual([
    { path: 'ticketTypes.0.capacity', message: 'must be at least 31: 21 sold and 10 held' },
  ]);
});
