import { describe, expect, test } from 'vitest';
import { createBatcher, type BatcherOptions } from '../src/batcher.ts';

interface Item {
  key: string;
  value: number;
}

/** A batcher whose batches wait until they are let go. */
function heldBatcher(options: Partial<BatcherOptions<Item, number>> = {}) {
  const started: { items: Item[]; finish: () => void }[] = [];
  const batcher = createBatcher<Item, number>({
    name: 'test',
    run: (items) =>
      new Promise((resolve) => {
        started.push({ items, finish: () => resolve(items.map(({ value }) => value * 10)) });
      }),
    keyOf: ({ key }) => key,
    maxBatch: 3,
    lanes: 2,
    maxWaiting: 100,
    failsAll: () => false,
    ...options,
  });
  const values = (index: number) => started[index]?.items.map(({ value }) => value);
  return { batcher, started, values };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('a batcher', () => {
  test('runs a lone item at once, and gathers what arrives meanwhile into the next batch', async () => {
    const { batcher, started, values } = heldBatcher();
    const results = [1, 2, 3].map((value) => batcher.submit({ key: 'a', value }));
    expect(values(0)).toEqual([1]);
    started[0]?.finish();
    await turn();
    expect(values(1)).toEqual([2, 3]);
    started[1]?.finish();
    expect(await Promise.all(results)).toEqual([10, 20, 30]);
  });

  test('never has one key in two batches, and keeps the order of arrival within a key', async () => {
    const { batcher, started, values } = heldBatcher();
    const results = [1, 2, 3, 4, 5].map((value) => batcher.submit({ key: 'hot', value }));
    results.push(batcher.submit({ key: 'cold', value: 6 }));
    expect(started).toHaveLength(2);
    expect([values(0), values(1)]).toEqual([[1], [6]]);
    started[0]?.finish();
    await turn();
    expect(values(2)).toEqual([2, 3, 4]);
    started[2]?.finish();
    await turn();
    expect(values(3)).toEqual([5]);
    for (const { finish } of started) finish();
    expect(await Promise.all(results)).toEqual([10, 20, 30, 40, 50, 60]);
  });

  test('splits a failed batch until the item at fault stands alone', async () => {
    const sizes: number[] = [];
    const batcher = createBatcher<Item, number>({
      name: 'test',
      run: (items) => {
        sizes.push(items.length);
        const poisoned = items.some(({ value }) => value === 5);
        return poisoned ? Promise.reject(new Error('poison')) : Promise.resolve(items.map(({ value }) => value));
      },
      keyOf: ({ key }) => key,
      maxBatch: 8,
      lanes: 1,
      maxWaiting: 100,
      failsAll: () => false,
    });
    const settled = await Promise.allSettled(
      [0, 1, 2, 3, 4, 5, 6, 7, 8].map((value) => batcher.submit({ key: 'a', value })),
    );
    expect(settled.map(({ status }) => status).indexOf('rejected')).toBe(5);
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(8);
    expect(Math.max(...sizes)).toBe(8);
  });

  test('fails a whole batch at once when splitting is pointless', async () => {
    let runs = 0;
    const batcher = createBatcher<Item, number>({
      name: 'test',
      run: () => {
        runs++;
        return Promise.reject(new Error('the database is away'));
      },
      keyOf: ({ key }) => key,
      maxBatch: 10,
      lanes: 1,
      maxWaiting: 100,
      failsAll: () => true,
    });
    const settled = await Promise.allSettled([1, 2, 3, 4].map((value) => batcher.submit({ key: 'a', value })));
    expect(settled.every(({ status }) => status === 'rejected')).toBe(true);
    expect(runs).toBe(2);
  });

  test('refuses at once when too many wait, and after it was closed', async () => {
    const { batcher, started } = heldBatcher({ maxWaiting: 2 });
    const taken = [1, 2, 3].map((value) => batcher.submit({ key: 'a', value }));
    await expect(batcher.submit({ key: 'a', value: 4 })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    const closed = batcher.close();
    await expect(batcher.submit({ key: 'b', value: 5 })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    started[0]?.finish();
    await turn();
    started[1]?.finish();
    expect(await Promise.all(taken)).toEqual([10, 20, 30]);
    await closed;
  });
});
