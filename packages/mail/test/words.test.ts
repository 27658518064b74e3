import { displayDecimals, supportedCurrencies } from '@ticketing/types/currency';
import { describe, expect, test } from 'vitest';
import { formatMoney } from '../src/money.ts';
import { oneLine } from '../src/plain.ts';
import { whenOf } from '../src/when.ts';

describe('money', () => {
  test.each([
    [4_500, 'EUR', '€45.00'],
    [0, 'EUR', '€0.00'],
    [99_999_999, 'USD', 'US$999,999.99'],
    [500, 'JPY', 'JP¥500'],
    [4_500, 'KWD', 'KWD\u00a04.500'],
    // What Intl would show as HUF 450,000 and the like.
    [450_000, 'HUF', 'HUF\u00a04,500.00'],
    [15_000_000, 'IDR', 'IDR\u00a0150,000.00'],
    [50_000, 'ISK', 'ISK\u00a0500.00'],
    [500, 'MGA', 'MGA\u00a0500'],
  ])('%d minor units of %s are %s', (amount, currency, shown) => expect(formatMoney(amount, currency)).toBe(shown));
});

test.each(supportedCurrencies)('an amount in %s has the decimals that Stripe counts in', (currency) => {
  const [, decimals = ''] = /1(?:\.(\d+))?$/.exec(formatMoney(10 ** displayDecimals(currency), currency)) ?? [];
  expect(decimals).toBe('0'.repeat(displayDecimals(currency)));
});

describe('times', () => {
  test.each([
    [
      'of an evening',
      'America/New_York',
      '2027-01-15T00:30:00Z',
      '2027-01-15T03:00:00Z',
      ['Thursday, 14 January 2027, 19:30', '22:00', 'Eastern Standard Time, America/New_York'],
    ],
    [
      'of a night through which the clocks change',
      'Europe/Vienna',
      '2027-10-30T20:00:00Z',
      '2027-10-31T03:00:00Z',
      [
        'Saturday, 30 October 2027, 22:00',
        'Sunday, 31 October 2027, 04:00',
        'Central European Summer Time, then Central European Standard Time, Europe/Vienna',
      ],
    ],
    [
      'at midnight',
      'UTC',
      '2027-01-01T00:00:00Z',
      '2027-01-01T01:00:00Z',
      ['Friday, 1 January 2027, 00:00', '01:00', 'Coordinated Universal Time, UTC'],
    ],
  ])('%s are the event’s own', (_, timezone, startsAt, endsAt, [start, end, zone]) => {
    expect(whenOf({ timezone, startsAt: new Date(startsAt), endsAt: new Date(endsAt) })).toEqual({ start, end, zone });
  });
});

describe("other people's text", () => {
  test.each([
    ['a\r\nBcc: b', 'a Bcc: b'],
    ['tab\tnul\0 separator\u2028end', 'tab nul separator end'],
    ['\u202Eevil\u2066\u2069', 'evil'],
    ['שלום \u200Fעולם', 'שלום \u200Fעולם'],
    ['half \uD83D', 'half \uFFFD'],
    ['👩‍👩‍👧', '👩‍👩‍👧'],
  ])('%j becomes the line %j', (text, line) => expect(oneLine(text)).toBe(line));

  test('is cut between characters, not within one', () => {
    expect(oneLine('👩‍👩‍👧'.repeat(10_000), 3)).toBe('👩‍👩‍👧👩‍👩‍👧…');
    expect(oneLine('x'.repeat(10_000))).toHaveLength(300);
  });
});
