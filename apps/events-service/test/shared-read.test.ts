import { expect, test } from 'vitest';
import { createSharedRead } from '../src/cache/shared-read.ts';

/** Reads that end when they are told to. */
function controlledReads() {
  const pending: PromiseWithResolvers<number>[] = [];
  const read = () => {
    const next = Promise.withResolvers<number>();
    pending.push(next);
    return next.promise;
  };
  const finish = (index: number) => pending[index]?.resolve(index);
  const fail = (index: number) => pending[index]?.reject(new Error('away'));
  return { pending, read, finish, fail };
}

test('callers that come while a read is under way share the next one, and none gets the one before', async () => {
  const share = createSharedRead<number>();
  const { pending, read, finish } = controlledReads();
  const first = share('key', read);
  const later = [share('key', read), share('key', read), share('key', read)];
  expect(pending).toHaveLength(1);
  finish(0);
  expect(await first).toBe(0);
  await expect.poll(() => pending.length).toBe(2);
  const latest = share('key', read);
  finish(1);
  expect(await Promise.all(later)).toEqual([1, 1, 1]);
  await expect.poll(() => pending.length).toBe(3);
  finish(2);
  expect(await latest).toBe(2);
});

test('a read that fails fails for its own callers only', async () => {
  const share = createSharedRead<number>();
  const { pending, read, finish, fail } = controlledReads();
  const first = share('key', read);
  const second = share('key', read);
  const other = share('other', read);
  fail(0);
  await expect(first).rejects.toThrow('away');
  await expect.poll(() => pending.length).toBe(3);
  finish(2);
  finish(1);
  expect([await second, await other]).toEqual([2, 1]);
});
