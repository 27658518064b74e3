/**
 * How long to wait before a retry, in milliseconds: doubling with each, with "equal jitter", half of it random, so that
 * messages that failed together do not come back together
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 * @param retry 1 for the first retry
 * @param random from 0 up to 1
 */
export function retryDelayMs(retry: number, baseMs: number, random: number = Math.random()): number {
  const ceilingMs = Math.min(MAX_DELAY_MS, baseMs * 2 ** (retry - 1));
  return ceilingMs / 2 + (random * ceilingMs) / 2;
}

/** A message that waits keeps its partition's offset from moving, so it must not wait for long. */
const MAX_DELAY_MS = 30_000;
