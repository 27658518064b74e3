import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { check } from '../src/fault.ts';
import type { Source } from '../src/issue-words.ts';

const messages = (schema: z.ZodType, value: unknown, source: Source = 'json') => {
  const checked = check(schema, value, source);
  return checked.kind === 'valid'
    ? []
    : checked.faults.map(({ path, message }) => (path ? `${path} ${message}` : message));
};

test('what fits comes back as the schema reads it', () => {
  expect(check(z.object({ a: z.string().trim() }), { a: ' x ' }, 'json')).toEqual({ kind: 'valid', value: { a: 'x' } });
});

// One row for each kind of issue that zod knows.
test.each<[string, z.ZodType, unknown, string]>([
  ['invalid_type', z.string(), 5, 'must be a string, not a number'],
  ['invalid_type', z.string(), null, 'must be a string, not null'],
  ['invalid_type', z.boolean(), 'yes', 'must be true or false, not a string'],
  ['invalid_type', z.array(z.string()), {}, 'must be an array, not an object'],
  ['invalid_type', z.record(z.string(), z.int()), [], 'must be an object, not an array'],
  ['invalid_type', z.date(), 'x', 'must be a date, not a string'],
  ['invalid_type of numbers', z.int(), '12.50', 'must be an integer, not a string'],
  ['invalid_type of numbers', z.int(), 1.5, 'must be an integer, not 1.5'],
  ['invalid_type of numbers', z.int().min(1).max(9), 1.5, 'must be an integer between 1 and 9, not 1.5'],
  ['invalid_type of numbers', z.int().min(1).max(9), Infinity, 'must be an integer between 1 and 9'],
  ['too_small of numbers', z.int().min(1).max(9), 0, 'must be an integer between 1 and 9, not 0'],
  ['too_small of numbers', z.int().min(1), 0, 'must be an integer of at least 1, not 0'],
  ['too_big of numbers', z.number().max(9), 9.5, 'must be a number of at most 9, not 9.5'],
  ['too_big of numbers', z.number().gt(0).lt(1), 1, 'must be a number of more than 0 and less than 1, not 1'],
  [
    'too_big for an integer',
    z.int(),
    2 ** 60,
    `must be an integer between ${Number.MIN_SAFE_INTEGER} and ${Number.MAX_SAFE_INTEGER}, not ${2 ** 60}`,
  ],
  ['too_small of text', z.string().min(1), '', 'must not be empty'],
  ['too_small of text', z.string().min(2), 'a', 'must have at least 2 characters'],
  ['too_big of text', z.string().max(1), 'ab', 'must have at most 1 character'],
  ['too_big, exactly', z.string().length(2), 'abc', 'must have exactly 2 characters'],
  ['too_small of lists', z.array(z.int()).min(1), [], 'must have at least 1 item'],
  ['too_big of lists', z.array(z.int()).max(2), [1, 2, 3], 'must have at most 2 items'],
  ['invalid_value', z.enum(['a', 'b']), 'c', 'must be "a" or "b"'],
  ['invalid_value', z.enum(['a', 'b', 'c']), 5, 'must be "a", "b", or "c", not a number'],
  ['invalid_value', z.literal(true), false, 'must be true'],
  ['invalid_format', z.uuid(), 'x', 'must be a UUID, like 019ac3f0-5b1e-7c7d-a1f1-3f6f0b8f2f10'],
  ['invalid_format', z.iso.datetime(), 'x', 'must be an RFC 3339 time, like 2027-06-12T18:00:00Z'],
  ['invalid_format', z.email(), 'x', 'must be an e-mail address, like ada@example.com'],
  ['invalid_format', z.url(), 'x', 'must be a URL, like https://example.com'],
  ['invalid_format', z.string().regex(/^a/), 'x', 'has characters, or a form, that it must not have'],
  ['invalid_format', z.string().startsWith('sk_'), 'x', 'must start with "sk_"'],
  ['not_multiple_of', z.int().multipleOf(5), 3, 'must be a multiple of 5'],
  ['unrecognized_keys', z.strictObject({ a: z.int() }), { a: 1, b: 2 }, 'b is not a known field'],
  ['invalid_union', z.union([z.string(), z.boolean()]), 5, 'must be a string or true or false, not a number'],
  ['invalid_union', z.union([z.string().min(3), z.int()]), 'a', 'must have at least 3 characters'],
  [
    'invalid_union',
    z.discriminatedUnion('k', [z.object({ k: z.literal('a') }), z.object({ k: z.literal('b') })]),
    { k: 'c' },
    'k must be "a" or "b"',
  ],
  ['invalid_key', z.record(z.string().max(1), z.int()), { ab: 1 }, 'ab has a name that must have at most 1 character'],
  [
    'invalid_element',
    z.map(z.object({}), z.int()),
    new Map([[{}, 'x']]),
    'has an entry that must be an integer, not a string',
  ],
  ['custom', z.string().refine(() => false), 'x', 'is not valid'],
  ['custom, in words of its own', z.string().refine(() => false, 'must rhyme'), 'x', 'must rhyme'],
  ['a check with words of its own', z.string().max(1, 'must be short'), 'ab', 'must be short'],
])('%s', (_code, schema, value, message) => expect(messages(schema, value)).toEqual([message]));

describe('what is missing is required', () => {
  test.each([
    ...[z.string(), z.int(), z.boolean(), z.enum(['a']), z.literal(1), z.array(z.int()), z.object({}), z.uuid()],
    ...[z.union([z.string(), z.int()]), z.coerce.number(), z.string('must be words'), z.iso.datetime(), z.date()],
  ])('%#', (schema) => {
    expect(messages(z.object({ a: schema }), {})).toEqual(['a is required']);
  });

  test('in lists too, and at the top', () => {
    expect(messages(z.object({ a: z.array(z.object({ b: z.int() })) }), { a: [{ b: 1 }, {}] })).toEqual([
      'a.1.b is required',
    ]);
    expect(messages(z.object({}), undefined)).toEqual(['is required']);
  });
});

describe('of text', () => {
  const limit = z.object({ limit: z.coerce.number().int().min(1).max(100).default(20) });

  test.each(['abc', '', '0', '1.5', '1e9', '1e400', '9007199254740993', '-1'])(
    '%j is told what number is right',
    (text) => {
      expect(messages(limit, { limit: text }, 'text')).toEqual(['limit must be a whole number between 1 and 100']);
    },
  );

  test('a value that came twice is told to come once, and a list is told its length', () => {
    expect(messages(limit, { limit: ['1', '2'] }, 'text')).toEqual(['limit must be given once']);
    expect(messages(z.object({ ids: z.array(z.uuid()).min(1) }), { ids: [] }, 'text')).toEqual([
      'ids must have at least 1 item',
    ]);
  });
});

test('what is of the wrong type is not measured too, and no fault is told twice', () => {
  expect(messages(z.string().min(1), [])).toEqual(['must be a string, not an array']);
  expect(messages(z.int().max(9), 2 ** 60)).toHaveLength(1);
});

test('no value is quoted, and no name at full length', () => {
  const secret = 'sk_live_4eC39HqLyjWDarjtT1zdp7dc';
  for (const schema of [z.uuid(), z.enum(['a']), z.string().max(5), z.int(), z.email(), z.literal('x')]) {
    for (const source of ['json', 'text'] as const)
      expect(messages(schema, secret, source).join()).not.toContain('4eC39');
  }
  expect(messages(z.strictObject({}), { ['x'.repeat(50_000)]: 1 }).join().length).toBeLessThan(150);
});
