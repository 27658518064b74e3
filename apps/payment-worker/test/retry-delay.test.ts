import { expect, test } from 'vitest';
import { createOffsetTracker } from '../src/offset-tracker.ts';
import { retryDelayMs } from '../src/retry-delay.ts';

test('a retry waits twice as long as the one before, half of it random, and never for ever', () => {
  expect([1, 2, 3].map((retry) => retryDelayMs(retry, 500, 0))).toEqual([250, 500, 1000]);
  expect([1, 2, 3].map((retry) => retryDelayMs(retry, 500, 0.999_999)).map(Math.round)).toEqual([500, 1000, 2000]);
  expect(retryDelayMs(40, 500, 1)).toBe(30_000);
});

test('the position to go on from is before the first message that is not finished', () => {
  const tracker = createOffsetTracker();
  expect(tracker.position()).toBeUndefined();
  for (const offset of [10n, 11n, 12n]) tracker.start(offset);
  expect(tracker.position()).toBe(10n);
  tracker.finish(11n);
  expect(tracker.position()).toBe(10n);
  tracker.finish(10n);
  expect(tracker.position()).toBe(12n);
  tracker.finish(12n);
  expect([tracker.position(), tracker.open()]).toEqual([13n, 0]);
  // Offsets have gaps where transactions ended.
  tracker.start(20n);
  expect(tracker.position()).toBe(20n);
});
