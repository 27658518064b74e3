import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { earlierQuery, earlierWords } from '../src/search/earlier-words.ts';
import { searchQuery } from '../src/search/query.ts';
import { searchWords } from '../src/search/stored-words.ts';
import { startCatalogue, type Catalogue } from './catalogue.ts';

let catalogue: Catalogue;
beforeAll(async () => {
  catalogue = await startCatalogue();
});
afterAll(() => catalogue.close());

/** Whether Postgres finds an event with these words by the query, as the list asks for it. */
async function isFound(words: string[], query: string | undefined): Promise<boolean> {
  const { rows } = await catalogue.admin.query<{ isFound: boolean }>(
    'select array_to_tsvector($1::text[]) @@ $2::tsquery as "isFound"',
    [words, query],
  );
  return rows[0]?.isFound ?? false;
}

const letters = [
  'abcdefghijklmnopqrstuvwxyz',
  'ABCDEXYZ0123456789',
  'äöüßåøæœéèêëñçšžýłđðþıİğş',
  'αβγδςσάέΌΏ',
  'абвгёйїґЮЯ',
  'ابتأإآىةـَُ',
  'אבגךםןָׁ',
  '東京能楽堂演唱會',
  'あいうがぱアイウガパーッ',
  'กรุงเทพน้ำ',
  'हिन्दीफ़',
  '부산국제',
  `'’ʼ´.-/&+!$·`,
];
/** An apostrophe and a stroke that are letters to Unicode are not to us. */
const HAS_LETTER = /[[\p{L}\p{N}]--[ʼـ]]/v;
/** A word of one script, now and then of two, with punctuation in it. */
const word = fc
  .array(fc.constantFrom(...letters), { minLength: 1, maxLength: 2 })
  .chain((scripts) =>
    fc.array(fc.constantFrom(...scripts.flatMap((script) => Array.from(script))), { minLength: 1, maxLength: 9 }),
  )
  .map((parts) => parts.join('').normalize('NFC'))
  .filter((text) => HAS_LETTER.test(text));
const title = fc.array(word, { minLength: 1, maxLength: 5 });
const graphemes = (text: string) => Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);

const withoutAccents = (text: string) =>
  text
    .normalize('NFD')
    .replaceAll(/[\u0300-\u036f\u064b-\u0655\u05b0-\u05c2]/gu, '')
    .normalize('NFC');
const waysOfTyping: ((text: string) => string)[] = [
  (text) => text,
  (text) => text.toUpperCase(),
  (text) => text.toLowerCase(),
  (text) => text.normalize('NFD'),
  withoutAccents,
  (text) => withoutAccents(text.toUpperCase()),
  (text) => text.replaceAll(/['’ʼ´.\-/·]/gu, ''),
  (text) => text.replaceAll(/['’ʼ´.\-/·]/gu, '’'),
  (text) => text.replaceAll(/['’ʼ´.\-/·]/gu, ' '),
  (text) => text.replaceAll(/[äöü]/gu, (letter) => ({ ä: 'ae', ö: 'oe', ü: 'ue' })[letter] ?? letter),
  (text) => text.replaceAll(/[a-z0-9]/gu, (letter) => String.fromCodePoint((letter.codePointAt(0) ?? 0) + 0xfee0)),
  (text) => `¿${text}!`,
];

test('the beginning of any word finds an event, however it is typed', async () => {
  await fc.assert(
    fc.asyncProperty(title, fc.nat(), fc.nat(), fc.constantFrom(...waysOfTyping), async (words, which, end, type) => {
      const all = graphemes(words[which % words.length] ?? '');
      const typed = type(all.slice(0, 1 + (end % all.length)).join(''));
      fc.pre(HAS_LETTER.test(typed));
      expect(await isFound(searchWords(words.join(' '), 'Ω'), searchQuery(typed)), typed).toBe(true);
    }),
    { numRuns: 1_500 },
  );
});

test('all words of a title find it together, in any order', async () => {
  await fc.assert(
    fc.asyncProperty(title, fc.constantFrom(...waysOfTyping), async (words, type) => {
      const found = await isFound(searchWords('Ω', words.join(' ')), searchQuery(type(words.toReversed().join(' '))));
      expect(found).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test('any part of a word of a script without spaces finds it, and nothing that is not in it', async () => {
  const han = fc
    .array(fc.constantFrom(...Array.from('東京能楽堂演唱會')), { minLength: 1, maxLength: 12 })
    .map((all) => all.join(''));
  await fc.assert(
    fc.asyncProperty(han, han, fc.nat(), fc.nat(), async (text, other, from, length) => {
      const start = from % text.length;
      const words = searchWords(text, 'Ω');
      expect(await isFound(words, searchQuery(text.slice(start, start + 1 + (length % text.length))))).toBe(true);
      const short = other.slice(0, 3);
      expect(await isFound(words, searchQuery(short)), short).toBe(text.includes(short));
    }),
    { numRuns: 500 },
  );
});

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  title.map((words) => words.join(' ')),
);

test('whatever is asked is a query of bounded size, which Postgres takes', async () => {
  await fc.assert(
    fc.asyncProperty(anyText, async (q) => {
      const query = searchQuery(q);
      if (query === undefined) return;
      expect(query.length).toBeLessThan(60_000);
      // Within quotes: letters, marks and digits alone, and what stands before the words that are kept apart.
      expect(query.replaceAll(/'(?:[~+]?[\p{L}\p{M}\p{N}]+|&|#2)'(?::\*)?/gu, 'w')).toMatch(/^[w&|!() ]+$/);
      await isFound([], query);
    }),
    { numRuns: 500 },
  );
});

test('whatever a title is, its words are bounded, and Postgres stores them', async () => {
  await fc.assert(
    fc.asyncProperty(anyText, anyText, async (one, other) => {
      const words = searchWords(one, other);
      expect(new Set(words).size).toBe(words.length);
      expect(words.length).toBeLessThanOrEqual(600);
      expect(words).toContain('#2');
      await isFound(words, `'#2'`);
    }),
    { numRuns: 500 },
  );
  expect(searchWords('㌖'.repeat(200), 'ﷺ'.repeat(200)).length).toBeLessThanOrEqual(600);
});

test('beside the release before, neither finds less than that one did', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        anyText,
        title.map((all) => all.join(' ')),
      ),
      fc.nat(),
      fc.nat(),
      async (text, from, length) => {
        const all = graphemes(text);
        const start = from % Math.max(1, all.length);
        const q = all.slice(start, start + 1 + (length % 8)).join('');
        const asBefore = earlierQuery(q);
        if (asBefore === undefined || !(await isFound(earlierWords(text, 'Ω'), asBefore))) return;
        expect(await isFound(earlierWords(text, 'Ω'), searchQuery(q)), 'new release, old row').toBe(true);
        expect(await isFound(searchWords(text, 'Ω'), asBefore), 'old release, new row').toBe(true);
      },
    ),
    { numRuns: 1_000 },
  );
});

test('text without a letter or digit asks for nothing', () => {
  for (const q of ['', '   ', `'"; :* & | !`, '🎉'.repeat(50), '()', '…', '\u200b'])
    expect(searchQuery(q)).toBeUndefined();
});

test('a query has a bounded number of words', () => {
  const words = Array.from({ length: 50 }, (_, index) => `${index + 10}x`);
  expect(searchQuery(words.join(' '))?.split(' & ')).toHaveLength(10);
  expect(searchQuery('Conc vienna CONCERT')?.split(' & ')).toHaveLength(2);
});
