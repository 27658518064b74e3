import fc from 'fast-check';
import { expect, test } from 'vitest';
import { prefixQuery, searchWords } from '../src/event-search.ts';

test('words are compared without case, accents and punctuation, each once', () => {
  expect(searchWords('Björk: «Début» & DEBUT', 'Łódź, ul. Straße 5')).toEqual([
    'bjork',
    'debut',
    'lodz',
    'ul',
    'strasse',
    '5',
  ]);
  expect(searchWords('東京ドーム', 'Θέατρο ΟΔΟΣ', 'ﬁn', 'ＡＢＣ')).toEqual([
    '東京ドーム'.normalize('NFKD').replaceAll(/\p{M}/gu, ''),
    'θεατρο',
    'οδοσ',
    'fin',
    'abc',
  ]);
});

test('text without a letter or digit has no words', () => {
  expect(searchWords('', ` '"; :* & | ! \u0000`, '🎉'.repeat(50))).toEqual([]);
  expect(prefixQuery(`'"; \u0000 :* & | ! \\`)).toBeUndefined();
});

test('a query asks for words that begin like each of its own, without saying things twice', () => {
  expect(prefixQuery('Conc vienna CONCERT')).toBe(`'vienna':* & 'concert':*`);
});

test('a query has a bounded number of words, and words a bounded length', () => {
  const words = Array.from({ length: 50 }, (_, index) => `${index + 10}x`);
  expect(prefixQuery(words.join(' '))?.split(' & ')).toHaveLength(10);
  expect(prefixQuery('㌖'.repeat(200))).toBe(`'${Array.from(searchWords('㌖'.repeat(200))[0] ?? '').join('')}':*`);
  expect(searchWords('x'.repeat(200))).toEqual(['x'.repeat(64)]);
});

test('whatever is asked, only letters and digits get into the query', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (q) => {
      const query = prefixQuery(q);
      expect(query ?? `'a':*`).toMatch(/^'[\p{L}\p{N}]+':\*(?: & '[\p{L}\p{N}]+':\*){0,9}$/u);
    }),
  );
});
