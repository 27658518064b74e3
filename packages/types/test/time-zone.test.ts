import { describe, expect, test } from 'vitest';
import { TimeZoneInput } from '../src/time-zone.ts';

describe('a time zone', () => {
  test.each([
    ['europe/berlin', 'Europe/Berlin'],
    ['EUROPE/BERLIN', 'Europe/Berlin'],
    ['Europe/Vienna', 'Europe/Vienna'],
    ['asia/kolkata', 'Asia/Kolkata'],
    ['Asia/Calcutta', 'Asia/Kolkata'],
    ['Europe/Kiev', 'Europe/Kyiv'],
    ['europe/kyiv', 'Europe/Kyiv'],
    ['america/buenos_aires', 'America/Argentina/Buenos_Aires'],
    ['america/argentina/buenos_aires', 'America/Argentina/Buenos_Aires'],
    ['america/port-au-prince', 'America/Port-au-Prince'],
    ['america/north_dakota/new_salem', 'America/North_Dakota/New_Salem'],
    ['us/eastern', 'America/New_York'],
    ['Japan', 'Asia/Tokyo'],
    ['utc', 'UTC'],
    ['Etc/UTC', 'UTC'],
    ['etc/gmt+5', 'Etc/GMT+5'],
  ])('%s is stored as %s', (given, stored) => expect(TimeZoneInput.parse(given)).toBe(stored));

  test.each([
    '+02:00',
    '-0500',
    'UTC+2',
    'EST',
    'CET',
    'PST',
    'IST',
    'EST5EDT',
    'SystemV/EST5',
    'Europe',
    'Europe/Wien',
  ])('%s is refused: it is no zone, or says nothing of daylight saving time', (given) => expectRefused(given));

  test.each([
    '',
    ' ',
    'Europe/Vienna ',
    'posix/Europe/Vienna',
    '../etc/passwd',
    'Europe/Vienna\0',
    '\u212Aolkata',
    'Factory',
  ])('%j is refused', (given) => expectRefused(given));

  test('that Intl knows keeps its name, or has a new one for good, and the same clock', () => {
    for (const name of Intl.supportedValuesOf('timeZone')) {
      const stored = TimeZoneInput.parse(name);
      expect(TimeZoneInput.parse(stored)).toBe(stored);
      expect(TimeZoneInput.parse(stored.toLowerCase())).toBe(stored);
      expect([name, offsets(stored)]).toEqual([name, offsets(name)]);
    }
  });
});

function expectRefused(given: string): void {
  const message = 'must be an IANA time zone, like Europe/Vienna, or UTC';
  expect(TimeZoneInput.safeParse(given).error?.issues).toMatchObject([{ message }]);
}

function offsets(timeZone: string): string[] {
  const format = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' });
  return ['1975-01-01', '1999-07-01', '2026-01-01', '2026-07-01'].map((day) => format.format(new Date(day)));
}
