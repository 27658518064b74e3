import { describe, expect, test } from 'vitest';
import { Registration } from '../src/account.ts';
import { eventOperations, NewEvent } from '../src/event.ts';
import { line, prose } from '../src/primitives.ts';

const faults = (
  schema: { safeParse: (value: unknown) => { error?: { issues: { message: string }[] } } },
  value: unknown,
) => schema.safeParse(value).error?.issues.map(({ message }) => message) ?? [];

const SEEN = 'must have a character that can be seen';
const UNSEEN: Record<string, string> = {
  'a zero width space': '\u200b',
  'a soft hyphen': '\u00ad',
  'a braille cell without dots': '\u2800',
  'a Hangul filler': '\u3164',
  'a half-width Hangul filler': '\uffa0',
  'a Hangul choseong filler': '\u115f',
  'a variation selector': '\ufe0f',
  'a joiner': '\u200d',
  'a word joiner': '\u2060',
  'a Mongolian vowel separator': '\u180e',
  'a direction mark': '\u200f',
  'an accent without a letter': '\u0301',
  'a grapheme joiner': '\u034f',
  'a tag': '\u{e0041}',
  'an object replacement': '\ufffc',
  'a note without a head': '\u{1d159}',
  'all of them': '\u200b \u2800\u3164\u00a0\ufe0f\u0301\u{e0041} \u00ad',
};

describe('a text that must not be empty', () => {
  test.each(Object.entries(UNSEEN))('has more to it than %s', (_what, text) => {
    expect(faults(line(1, 100), text)).toEqual([SEEN]);
    expect(faults(line(1, 100), `${text}a`)).toEqual([]);
  });

  test.each(['', ' ', '\t', '\u00a0', '\u3000', '\ufeff'])('is not only space: %j', (text) => {
    expect(faults(line(1, 100), text)).toEqual(['must not be empty']);
  });

  test.each(['-', '7', '٣', '♥', '①', 'é', '한', 'می‌خواهم', '👨‍👩‍👧', '🎟️', '1️⃣', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '🇦🇹', '𝔘'])(
    'may be %s',
    (text) => {
      expect(line(1, 100).parse(text)).toBe(text);
    },
  );

  test('wherever one is asked for', () => {
    const event = { startsAt: '2027-06-12T18:00:00Z', endsAt: '2027-06-12T22:00:00Z', currency: 'EUR' };
    const ticketTypes = [{ name: '\u200b', price: 0, capacity: 1 }];
    const refused = NewEvent.safeParse({ ...event, title: '\u2800', venue: '\u3164', ticketTypes });
    expect(refused.error?.issues.map(({ path, message }) => [path.join('.'), message])).toEqual([
      ['title', SEEN],
      ['venue', SEEN],
      ['ticketTypes.0.name', SEEN],
    ]);
    const person = { email: 'a@example.com', password: 'correct horse', name: '\u00ad' };
    expect(faults(Registration, person)).toEqual([SEEN]);
  });
});

describe('a line of text', () => {
  test.each(['\u202a', '\u202b', '\u202c', '\u202d', '\u202e', '\u2066', '\u2067', '\u2068', '\u2069'])(
    'does not turn the direction of what is around it: %j',
    (control) => {
      const name = `U+${control.codePointAt(0)?.toString(16).toUpperCase() ?? ''}`;
      const fault = `must not contain characters that turn the direction of text, such as ${name}`;
      expect(faults(line(1, 100), `a${control}b`)).toEqual([fault]);
    },
  );

  test.each([
    ['a\u0007b', 'must not contain control characters, such as U+0007'],
    ['a\0', 'must not contain control characters, such as U+0000'],
    ['a\u009bb', 'must not contain control characters, such as U+009B'],
    ['a\tb', 'must not contain control characters, such as U+0009'],
    ['a\nb', 'must be one line, without line breaks'],
    ['a\u2028b', 'must be one line, without line breaks'],
    ['a\ud800', 'must be well-formed Unicode, without halves of surrogate pairs'],
    ['\udc00a', 'must be well-formed Unicode, without halves of surrogate pairs'],
    ['a\u0007\nb', 'must not contain control characters, such as U+0007'],
  ])('%j: %s', (text, fault) => expect(faults(line(1, 100), text)).toEqual([fault]));
});

test('prose may be empty, and says what it must not contain', () => {
  for (const text of ['', 'a\n\tb', '\u200b', 'a\u202eb']) expect(faults(prose(100), text)).toEqual([]);
  expect(faults(prose(100), 'a\u0007')).toEqual(['must not contain control characters, such as U+0007']);
  expect(faults(prose(100), 'a\ud800')).toEqual(['must be well-formed Unicode, without halves of surrogate pairs']);
});

test('a password is what UTF-8 can say', () => {
  const person = { email: 'a@example.com', name: 'A' };
  for (const password of ['12345678\ud800', '\udbff12345678', '\udc00\ud800123456']) {
    const fault = 'must be well-formed Unicode, without halves of surrogate pairs';
    expect(faults(Registration, { ...person, password })).toEqual([fault]);
  }
  for (const password of ['🎟️🎟️🎟️🎟️', '\u200b'.repeat(8), ' '.repeat(8)]) {
    expect(faults(Registration, { ...person, password })).toEqual([]);
  }
});

test('a search may be for anything', () => {
  const [listEvents] = eventOperations;
  for (const q of ['', '\u200b', '\ud800', '\0']) expect(listEvents.query.safeParse({ q }).success).toBe(true);
});
