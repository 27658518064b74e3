import { expect, test } from 'vitest';
import { createLog } from '../src/log.ts';

function logged(err: unknown): string {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  createLog({ name: 'test', level: 'info', format: 'json', destination }).error({ err }, 'failed');
  return lines.join('');
}

test('an error is logged with what and where it was', () => {
  const line = logged(Object.assign(new Error('no'), { code: '23505', constraint: 'users_email_key', table: 'users' }));
  expect(JSON.parse(line)).toMatchObject({
    err: {
      type: 'Error',
      message: 'no',
      code: '23505',
      constraint: 'users_email_key',
      stack: expect.any(String) as string,
    },
  });
});

test('what an error was about is not logged, however deep it is', () => {
  const row = 'Failing row contains (ada@example.com, $argon2id$…)';
  const cause = Object.assign(new Error('inner'), { detail: row, where: row, parameters: [row] });
  const errors = [
    Object.assign(new Error('postgres', { cause }), { detail: row }),
    Object.assign(new Error('prisma'), {
      meta: { driverAdapterError: { cause: { detail: row, originalCode: '23514' } } },
    }),
    Object.assign(new Error('stripe'), { raw: { payment_intent: { client_secret: row } }, payment_intent: row }),
    new AggregateError([cause], 'several'),
  ];
  for (const error of errors) expect(logged(error)).not.toContain('Failing row');
  expect(logged(errors[1])).toContain('23514');
  expect(logged(errors[3])).toContain('inner');
});

test('what is no error is logged as it is', () => {
  expect(logged('a text')).toContain('"err":"a text"');
});

test('keys and secrets in the words of an error are left out', () => {
  const secrets = ['4eC39HqLyjWDarjtT1zdp7dc', 'abcDEF0123'];
  for (const text of [
    'Invalid API Key provided: sk_live_4eC39HqLyjWDarjtT1zdp7dc',
    'No such key: rk_test_4eC39HqLyjWDarjtT1zdp7dc.',
    'signed with whsec_abcDEF0123, not with this',
    'pi_3MtwBwLkdIwHu7ix_secret_abcDEF0123 is over',
    'Invalid email address: abcDEF0123+ada@mail.example.com',
    "Invalid email address: abcDEF0123.o'hara&sons/x@mail.example.com",
    'Invalid email address: ada@abcDEF0123.xn--80afvemcl9d.xn--p1ai',
    `Invalid email address: abcDEF0123${'a'.repeat(80)}@mail.example.com`,
  ]) {
    const line = logged(new Error('outer', { cause: new Error(text) })) + logged(new Error(text));
    for (const secret of secrets) expect(line).not.toContain(secret);
    expect(line).toContain('[secret]');
  }
  for (const kept of [
    'No such payment_intent: pi_3MtwBwLkdIwHu7ix',
    'at .pnpm/stripe@23.1.0_@types+node@24.19.2/x.js',
  ]) {
    expect(logged(new Error(kept))).toContain(kept);
  }
});
