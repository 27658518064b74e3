import { setTimeout as wait } from 'node:timers/promises';
import type { Queue, Worker } from 'bullmq';
import type { QueueRedis } from './queue-redis.ts';

/** For jobs under way; those that take longer are handed out again by the outbox. */
const FINISH_MS = 10_000;
/** For words to a Redis that may be away. */
const PART_MS = 1_000;

/** Lets a worker finish what it has `underWay` and parts from its queue, within bounds also where Redis does not answer. */
export async function closeQueue(
  { worker, queue, redis }: { worker: Worker; queue: Queue; redis: QueueRedis },
  underWay: Iterable<Promise<unknown>>,
): Promise<void> {
  // Without Redis, BullMQ would wait for it.
  await within(FINISH_MS, redis.isReady() ? worker.close() : Promise.allSettled(underWay));
  await within(PART_MS, Promise.all([worker.close(true), queue.close()]));
}

async function within(timeoutMs: number, closing: Promise<unknown>): Promise<void> {
  const late = new AbortController();
  await Promise.race([
    closing.catch(() => undefined),
    wait(timeoutMs, undefined, { signal: late.signal }).catch(() => undefined),
  ]);
  late.abort();
}
