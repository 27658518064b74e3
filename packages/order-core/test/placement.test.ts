import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decidePlacements, type HoldRequest, type Market } from '../src/placement.ts';
import type { Sellable } from '../src/sellable.ts';

const NOW = new Date('2027-01-01T12:00:00Z');

function sellable(ticketTypeId: string, over: Partial<Sellable> = {}): Sellable {
  return {
    ticketTypeId,
    eventId: 'event',
    organizerId: 'organizer',
    eventStatus: 'published',
    eventEndsAt: new Date('2027-02-01T00:00:00Z'),
    name: ticketTypeId,
    price: 1000,
    currency: 'EUR',
    capacity: 10,
    maxPerOrder: 10,
    maxPerBuyer: null,
    eventMaxPerBuyer: null,
    salesStart: null,
    salesEnd: null,
    ...over,
  };
}

function market(types: Sellable[], stock: Market['stock'] = new Map()): Market {
  return { now: NOW, sellable: new Map(types.map((type) => [type.ticketTypeId, type])), stock };
}

function request(lines: [string, number][], eventId = 'event', buyerId = 'buyer'): HoldRequest {
  return {
    orderId: crypto.randomUUID(),
    buyerId,
    email: 'buyer@example.com',
    eventId,
    lines: lines.map(([ticketTypeId, quantity]) => ({ ticketTypeId, quantity })),
  };
}

test('the last seat goes to whoever came first', () => {
  const { decisions, moves } = decidePlacements(
    [request([['a', 2]]), request([['a', 2]]), request([['a', 1]])],
    market([sellable('a', { capacity: 4 })], new Map([['a', { held: 0, sold: 1 }]])),
  );
  expect(decisions.map(({ kind }) => kind)).toEqual(['accepted', 'sold-out', 'accepted']);
  expect(moves.get('a')).toEqual({ held: 3, sold: 0 });
});

test('the sales window includes its start and excludes its end', () => {
  const open = sellable('a', { salesStart: NOW, salesEnd: new Date(NOW.getTime() + 1) });
  expect(decidePlacements([request([['a', 1]])], market([open])).decisions[0]?.kind).toBe('accepted');
  const over = sellable('a', { salesEnd: NOW });
  expect(decidePlacements([request([['a', 1]])], market([over])).decisions[0]).toMatchObject({
    kind: 'sales-closed',
    when: 'over',
  });
});

const arbitraryType = fc.record({
  capacity: fc.integer({ min: 1, max: 20 }),
  held: fc.integer({ min: 0, max: 20 }),
  sold: fc.integer({ min: 0, max: 20 }),
  price: fc.constantFrom(0, 1, 500),
  maxPerOrder: fc.integer({ min: 1, max: 8 }),
});
const arbitraryRequests = fc.array(
  fc.uniqueArray(fc.tuple(fc.constantFrom('t0', 't1', 't2', 't3'), fc.integer({ min: 1, max: 9 })), {
    minLength: 1,
    maxLength: 4,
    selector: ([id]) => id,
  }),
  { maxLength: 30 },
);

test('whatever is asked for, stock is never exceeded, and nobody is refused seats that are left', () => {
  fc.assert(
    fc.property(fc.array(arbitraryType, { minLength: 1, maxLength: 4 }), arbitraryRequests, (types, wishes) => {
      const stock = new Map(types.map(({ held, sold }, index) => [`t${index}`, { held, sold }]));
      const sellables = types.map(({ capacity, price, maxPerOrder }, index) =>
        sellable(`t${index}`, { capacity, price, maxPerOrder }),
      );
      const requests = wishes.map((lines) => request(lines));
      const { decisions, moves } = decidePlacements(requests, market(sellables, stock));
      const taken = new Map<string, number>();
      decisions.forEach((decision, index) => {
        const lines = requests[index]?.lines ?? [];
        const left = (id: string) => {
          const { capacity, held, sold } = types[Number(id.slice(1))] ?? { capacity: 0, held: 0, sold: 0 };
          return Math.max(0, capacity - held - sold - (taken.get(id) ?? 0));
        };
        if (decision.kind === 'accepted') {
          expect(decision.total).toBe(decision.lines.reduce((sum, line) => sum + line.quantity * line.unitPrice, 0));
          expect(decision.isFree).toBe(decision.total === 0);
          for (const { ticketTypeId, quantity } of lines) {
            expect(quantity).toBeLessThanOrEqual(left(ticketTypeId));
            taken.set(ticketTypeId, (taken.get(ticketTypeId) ?? 0) + quantity);
          }
        } else if (decision.kind === 'sold-out') {
          expect(lines.some(({ ticketTypeId, quantity }) => quantity > left(ticketTypeId))).toBe(true);
        }
      });
      for (const [id, { held, sold }] of moves) expect(held + sold).toBe(taken.get(id));
    }),
    { numRuns: 500 },
  );
});

const arbitraryLimit = fc.option(fc.integer({ min: 1, max: 12 }), { nil: null });

test('whatever is asked for, nobody gets more than one buyer may have, and nobody is refused what they may have', () => {
  const arbitrary = fc.record({
    types: fc.array(fc.record({ price: fc.constantFrom(0, 500), maxPerBuyer: arbitraryLimit }), {
      minLength: 4,
      maxLength: 4,
    }),
    eventMaxPerBuyer: arbitraryLimit,
    maxOpenHolds: fc.integer({ min: 0, max: 4 }),
    before: fc.array(
      fc.record({ openHolds: fc.nat(4), tickets: fc.array(fc.nat(4), { minLength: 4, maxLength: 4 }) }),
      { minLength: 3, maxLength: 3 },
    ),
    wishes: arbitraryRequests,
  });
  fc.assert(
    fc.property(arbitrary, ({ types, eventMaxPerBuyer, maxOpenHolds, before, wishes }) => {
      const plenty = { capacity: 1000, eventMaxPerBuyer };
      const sellables = types.map((type, index) => sellable(`t${index}`, { ...plenty, ...type, maxPerOrder: 10 }));
      const requests = wishes.map((lines, index) => request(lines, 'event', `b${index % 3}`));
      const usage = new Map(
        before.map(({ openHolds, tickets }, index) => [
          `b${index} event`,
          { openHolds, tickets: new Map(tickets.map((count, type) => [`t${type}`, count])) },
        ]),
      );
      const untouched = structuredClone(usage);
      const { decisions } = decidePlacements(requests, { ...market(sellables), limits: { maxOpenHolds, usage } });
      expect(usage).toEqual(untouched);

      const has = before.map(({ openHolds, tickets }) => ({ openHolds, tickets: [...tickets] }));
      decisions.forEach((decision, index) => {
        const buyer = has[index % 3] ?? { openHolds: 0, tickets: [] };
        const lines = (requests[index]?.lines ?? []).map(({ ticketTypeId, quantity }) => ({
          type: Number(ticketTypeId.slice(1)),
          quantity,
        }));
        const isFree = lines.every(({ type }) => types[type]?.price === 0);
        const after = [...buyer.tickets];
        for (const { type, quantity } of lines) after[type] = (after[type] ?? 0) + quantity;
        const mayHold = isFree || maxOpenHolds === 0 || buyer.openHolds < maxOpenHolds;
        const mayHaveOfType = lines.every(({ type }) => (after[type] ?? 0) <= (types[type]?.maxPerBuyer ?? Infinity));
        const mayHaveOfEvent = after.reduce((sum, count) => sum + count, 0) <= (eventMaxPerBuyer ?? Infinity);
        expect(decision.kind).toBe(
          !mayHold ? 'too-many-holds' : mayHaveOfType && mayHaveOfEvent ? 'accepted' : 'over-buyer-limit',
        );
        if (decision.kind !== 'accepted') return;
        buyer.tickets = after;
        if (!isFree) buyer.openHolds++;
      });
    }),
    { numRuns: 500 },
  );
});
