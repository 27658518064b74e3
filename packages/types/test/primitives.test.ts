import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  AccountEmail,
  Currency,
  CurrencyInput,
  Email,
  EmailInput,
  Id,
  InstantInput,
  line,
  prose,
} from '../src/primitives.ts';

const isValid = (schema: { safeParse: (value: unknown) => { success: boolean } }, value: unknown) =>
  schema.safeParse(value).success;

describe('a time', () => {
  test('with any offset is the same instant in UTC', () => {
    expect(InstantInput.parse('2027-06-12T20:00:00+02:00').toISOString()).toBe('2027-06-12T18:00:00.000Z');
  });

  test.each(['2027-06-12', '2027-06-12T20:00:00', '2027-02-30T00:00:00Z', 'soon', '9999-01-01T00:00:00Z', 0])(
    '%s is refused',
    (value) => expect(isValid(InstantInput, value)).toBe(false),
  );
});

test('a time whose + was lost in a query is told how to keep it', () => {
  const fault = 'must be an RFC 3339 time with an offset, like 2027-06-12T20:00:00+02:00, with + as %2B in a query';
  expect(InstantInput.safeParse('2027-06-12T20:00:00 02:00').error?.issues).toMatchObject([{ message: fault }]);
});

describe('text', () => {
  test('is trimmed, and whitespace alone is empty', () => {
    expect(line(1, 10).parse('  a  ')).toBe('a');
    expect(isValid(line(1, 10), '   ')).toBe(false);
  });

  test.each(['a\0b', 'a\nb', 'a\u0007', 'a\u009bb', 'a\u2028b', '\ud800'])(
    'on one line refuses control characters, separators of lines and halves of pairs: %j',
    (value) => expect(isValid(line(1, 10), value)).toBe(false),
  );

  test('of several lines takes line breaks, and no NUL', () => {
    expect(prose(100).parse('a\r\n\tb')).toBe('a\r\n\tb');
    expect(isValid(prose(100), 'a\0')).toBe(false);
  });

  test('takes any script, and emoji', () => expect(line(1, 20).parse('Größe 東京 🎟️')).toBe('Größe 東京 🎟️'));
});

test('addresses are read as mail servers take them, and written as they were', () => {
  expect(EmailInput.parse('  Ada@Example.COM ')).toBe('ada@example.com');
  expect(isValid(Email, `${'a'.repeat(65)}@example.com`)).toBe(true);
  for (const wrong of ['ada', 'ada@', '@example.com', 'a b@example.com', `${'a'.repeat(250)}@example.com`]) {
    expect([isValid(Email, wrong), isValid(EmailInput, wrong)]).toEqual([false, false]);
  }
});

test('ids are UUIDs of any version, in lower case', () => {
  expect(Id.parse('019AC3F0-5B1E-7C7D-A1F1-3F6F0B8F2F10')).toBe('019ac3f0-5b1e-7c7d-a1f1-3f6f0b8f2f10');
  for (const wrong of ['', '1', '019ac3f0-5b1e-7c7d-a1f1-3f6f0b8f2f1', "' or 1=1"])
    expect(isValid(Id, wrong)).toBe(false);
});

test('currencies are read only if Stripe charges them, and written as they were', () => {
  for (const right of ['EUR', 'JPY']) expect(isValid(CurrencyInput, right)).toBe(true);
  for (const wrong of ['eur', 'EURO', 'ABC', 'CUP', '']) expect(isValid(CurrencyInput, wrong)).toBe(false);
  expect(isValid(Currency, 'CUP')).toBe(true);
});

test('patterns are spelled so that regular expressions of other languages can read them', () => {
  const patterns = [line(1, 10), prose(10), EmailInput].map(
    (schema) => z.toJSONSchema(schema, { io: 'input' }).pattern,
  );
  for (const pattern of patterns) expect(pattern ?? '').not.toMatch(/\\p\{/);
  for (const schema of [EmailInput, AccountEmail]) {
    expect(z.toJSONSchema(schema, { io: 'input' })).toMatchObject({ type: 'string', format: 'email', maxLength: 254 });
  }
  expect(z.toJSONSchema(Email).format).toBe('email');
});
