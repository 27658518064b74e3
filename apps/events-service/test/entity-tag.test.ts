import { ProblemError } from '@ticketing/service-kit/problem';
import { expect, test } from 'vitest';
import { entityTag, namesTag, parseIfMatch } from '../src/entity-tag.ts';

test('a tag is quoted, and differs where bodies differ', () => {
  expect(entityTag('a')).toMatch(/^"[\w-]{27}"$/);
  expect(entityTag('a')).toBe(entityTag('a'));
  expect(entityTag('a')).not.toBe(entityTag('b'));
});

test('If-None-Match names a tag in a list, weakly, or any', () => {
  for (const header of ['"x"', 'W/"x"', '"y", "x"', '"y" ,W/"x"', '*', ' "x" '])
    expect(namesTag(header, '"x"')).toBe(true);
  for (const header of [undefined, '', 'x', '"y"', '"x', '"x" "y"', '""']) expect(namesTag(header, '"x"')).toBe(false);
});

test('If-Match is absent or * for any version, else a list of strong tags', () => {
  expect(parseIfMatch(undefined)).toBe('any');
  expect(parseIfMatch(' * ')).toBe('any');
  expect(parseIfMatch('"3"')).toEqual(new Set(['"3"']));
  expect(parseIfMatch('"2", "3",W/"4"')).toEqual(new Set(['"2"', '"3"']));
  expect(parseIfMatch('W/"3"')).toEqual(new Set());
});

test.each(['3', '"3', "'3'", '', '"3",', '"3" "4"', '*, "3"', 'w/"3"'])(
  'an If-Match header of %j is refused',
  (header) => {
    expect(() => parseIfMatch(header)).toThrow(ProblemError);
  },
);
