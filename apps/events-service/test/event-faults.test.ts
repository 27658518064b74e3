import { amountFault, amountStep, largestCharge, smallestCharge, supportedCurrencies } from '@ticketing/types/currency';
import { NewEvent } from '@ticketing/types/event';
import { expect, test } from 'vitest';
import { faultsOfNew } from '../src/event-faults.ts';
import { anEvent, aTicketType } from './builders.ts';

const now = new Date('2027-01-01T00:00:00Z');
const times = { startsAt: '2027-06-12T18:00:00Z', endsAt: '2027-06-12T20:00:00Z' };

function pathsOf(overrides: object): string[] {
  return faultsOfNew(NewEvent.parse(anEvent({ ...times, ...overrides })), now).map(({ path }) => path);
}
const withTypes = (...types: object[]) => ({ ticketTypes: types.map((type) => aTicketType(type)) });

test('an event that is fine has no faults', () => {
  expect(pathsOf({})).toEqual([]);
});

test('an event ends after it starts', () => {
  expect(pathsOf({ endsAt: times.startsAt })).toEqual(['endsAt']);
});

test('an event ends in the future, also a draft', () => {
  const past = { startsAt: '2026-12-31T00:00:00Z', endsAt: '2026-12-31T23:00:00Z' };
  expect(pathsOf(past)).toEqual(['endsAt']);
  expect(pathsOf({ ...past, status: 'draft' })).toEqual(['endsAt']);
});

test('an event that has begun may still be put on sale', () => {
  expect(pathsOf({ startsAt: '2026-12-31T00:00:00Z' })).toEqual([]);
});

test('sales close after they open', () => {
  const opens = '2027-05-01T00:00:00Z';
  expect(pathsOf(withTypes({ salesStart: opens, salesEnd: opens }))).toEqual(['ticketTypes.0.salesEnd']);
});

test('sales close when the event ends, at the latest', () => {
  expect(pathsOf(withTypes({ salesEnd: times.endsAt }))).toEqual([]);
  expect(pathsOf(withTypes({}, { name: 'Late', salesEnd: '2027-06-12T20:00:00.001Z' }))).toEqual([
    'ticketTypes.1.salesEnd',
  ]);
});

test('sales open before the event ends', () => {
  expect(pathsOf(withTypes({ salesStart: times.endsAt }))).toEqual(['ticketTypes.0.salesStart']);
});

test('ticket types of an event have names of their own, whatever the case', () => {
  expect(pathsOf(withTypes({ name: 'VIP' }, { name: 'Seat' }, { name: 'vip' }))).toEqual(['ticketTypes.2.name']);
  for (const alike of ['V\u200bIP', 'VIP\u00ad', 'vip\ufe0f']) {
    expect(pathsOf(withTypes({ name: 'VIP' }, { name: alike }))).toEqual(['ticketTypes.1.name']);
  }
  expect(pathsOf(withTypes({ name: 'A' }, { name: 'a' }, { name: 'ａ' }))).toEqual([
    'ticketTypes.1.name',
    'ticketTypes.2.name',
  ]);
});

test.each(supportedCurrencies)('a price in %s is free or chargeable', (currency) => {
  const ofPrice = (price: number) => pathsOf({ currency, ...withTypes({ price: 0 }, { name: 'Seat', price }) });
  const [smallest, step] = [smallestCharge(currency), amountStep(currency)];
  for (const right of [0, smallest, smallest + step, largestCharge(currency)]) expect(ofPrice(right)).toEqual([]);
  const wrong = [smallest - 1, smallest + step - 1, largestCharge(currency) - step + 1];
  for (const price of wrong) {
    expect(ofPrice(price)).toEqual(amountFault(price, currency) && price !== 0 ? ['ticketTypes.1.price'] : []);
  }
});

test('every fault is told at once', () => {
  const types = [{ name: 'A', salesStart: times.endsAt }, { name: 'a' }].map((type) => aTicketType(type));
  expect(pathsOf({ endsAt: times.startsAt, ticketTypes: types })).toEqual([
    'endsAt',
    'ticketTypes.0.salesStart',
    'ticketTypes.1.name',
  ]);
});
