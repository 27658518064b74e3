import { expect, test } from 'vitest';
import { together } from '../src/postgres.ts';

test('statements that are sent together are all awaited, also when one of them fails', async () => {
  const slow = Promise.withResolvers<string>();
  let isOver = false;
  const all = together([Promise.reject(new Error('the first fails')), slow.promise]).finally(() => (isOver = true));
  all.catch(() => undefined);
  await new Promise((resolve) => setImmediate(resolve));
  expect(isOver).toBe(false);
  slow.resolve('late');
  await expect(all).rejects.toThrow('the first fails');
});

test('what they give is in their order, and so is the failure that counts', async () => {
  expect(await together([Promise.resolve(1), Promise.resolve('two')])).toEqual([1, 'two']);
  const failures = together([Promise.reject(new Error('why')), Promise.reject(new Error('what came of it'))]);
  await expect(failures).rejects.toThrow('why');
});
