import { expect, test } from 'vitest';
import { createLogThrottle } from '../src/log-throttle.ts';

const RATE = { lines: 2, windowMs: 50 };

test('of what happens again and again, some are told at once and the rest by their number', async () => {
  const throttle = createLogThrottle();
  const told: [string, number][] = [];
  for (let each = 1; each <= 7; each++) throttle('kind', RATE, (times) => void told.push([`no. ${each}`, times]));
  expect(told).toEqual([
    ['no. 1', 1],
    ['no. 2', 1],
  ]);
  await expect.poll(() => told.slice(2)).toEqual([['no. 7', 5]]);
});

test('a flood that goes on is one line in each window, and all is counted', async () => {
  const throttle = createLogThrottle();
  const told: number[] = [];
  let happened = 0;
  await expect
    .poll(
      () => {
        happened++;
        throttle('kind', RATE, (times) => void told.push(times));
        return told.length;
      },
      { interval: 1 },
    )
    .toBe(6);
  expect(told.slice(0, 2)).toEqual([1, 1]);
  await expect.poll(() => told.reduce((sum, times) => sum + times, 0)).toBe(happened);
});

test('kinds do not wait for each other, and are not without number', () => {
  const throttle = createLogThrottle();
  let lines = 0;
  for (let kind = 0; kind < 10_000; kind++) throttle(`kind ${kind}`, { lines: 1, windowMs: 60_000 }, () => lines++);
  expect(lines).toBe(201);
});
