import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { sayLongSteps } from '../start/step.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('a step that takes long is said after 5 s, and every 15 s from then on', async () => {
  const said: string[] = [];
  const { promise, resolve } = Promise.withResolvers<string>();
  const step = sayLongSteps((line) => said.push(line))('Kafka', (note) => {
    note('fetching it');
    return promise;
  });
  await vi.advanceTimersByTimeAsync(4_999);
  expect(said).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(said).toEqual(['Kafka: 5 s so far, fetching it']);
  await vi.advanceTimersByTimeAsync(30_000);
  expect(said.slice(1)).toEqual(['Kafka: 20 s so far, fetching it', 'Kafka: 35 s so far, fetching it']);
  resolve('done');
  expect(await step).toBe('done');
  await vi.advanceTimersByTimeAsync(60_000);
  expect(said).toHaveLength(3);
});

test('one that is over soon, or fails, is not said', async () => {
  const said: string[] = [];
  const step = sayLongSteps((line) => said.push(line));
  await step('Postgres', () => Promise.resolve());
  await expect(step('Redis', () => Promise.reject(new Error('gone')))).rejects.toThrow('gone');
  await vi.advanceTimersByTimeAsync(60_000);
  expect(said).toEqual([]);
});
