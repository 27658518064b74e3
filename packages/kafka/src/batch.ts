import type { EachBatchPayload } from 'kafkajs';
import type { Logger } from '@ticketing/service-kit/log';
import { receivedMessage, type ReceivedMessage } from './received-message.ts';

/** Consecutive messages of one partition. */
export interface Batch {
  topic: string;
  partition: number;
  messages: ReceivedMessage[];
  /** Everything up to this offset is done with: it is committed when the handler returns, and never comes again. */
  resolve: (offset: string) => void;
  /** Lets the partition rest for so many ms; what is not resolved comes again after that. */
  pause: (ms: number) => void;
  /** Whether to stop early: we close, or the partition may be someone else's by now. */
  isStale: () => boolean;
}

/** Handles a batch. What it throws is logged, and the batch's unresolved messages come again. */
export type OnBatch = (batch: Batch) => Promise<void>;

export interface DeliverOptions {
  onBatch: OnBatch;
  log: Logger;
  maxBatchMessages: number;
  restMs: number;
  heartbeatMs: number;
  isClosed: () => boolean;
  positionOf: PositionOf | undefined;
}

/**
 * What may be committed of a partition of which everything before `next` was resolved: `next`, or less while something
 * before it is still being worked on, which comes again if this process dies.
 */
export type PositionOf = (topic: string, partition: number, next: bigint) => bigint;

/**
 * Hands what was fetched from a partition to the handler in bounded parts, and commits after each what the handler resolved.
 * Meanwhile the group gets heartbeats, however long the handler takes.
 *
 * @throws what kafkajs throws when a commit fails: it joins the group again then
 */
export async function deliverBatch(payload: EachBatchPayload, options: DeliverOptions): Promise<void> {
  const { topic, partition, messages: fetched } = payload.batch;
  const heart = startHeartbeats(payload, options.heartbeatMs);
  const isStale = () => options.isClosed() || heart.isLost() || !payload.isRunning() || payload.isStale();
  try {
    for (let from = 0; from < fetched.length && !isStale();) {
      const part = fetched.slice(from, from + options.maxBatchMessages);
      const messages = part.map((message) => receivedMessage(topic, partition, message));
      const result = await handle({ topic, partition, messages, isStale }, options);
      if (result.done > 0) await commit(payload, messages[result.done - 1]?.offset ?? '0', options.positionOf);
      // The rest is fetched again when the partition has rested.
      if (result.restMs !== undefined) {
        restFor(payload, result.restMs);
        return;
      }
      from += result.done;
    }
  } finally {
    heart.stop();
  }
}

/** How many of the messages are done with, from the first on, and how long the partition is to rest, if at all. */
async function handle(
  batch: Pick<Batch, 'topic' | 'partition' | 'messages' | 'isStale'>,
  { onBatch, log, restMs }: DeliverOptions,
): Promise<{ done: number; restMs?: number }> {
  const { topic, partition, messages } = batch;
  let done = 0;
  let rest: number | undefined;
  const resolve = (offset: string) => {
    const index = messages.findIndex((message) => message.offset === offset);
    if (index < 0) throw new Error(`${topic}/${partition}: offset ${offset} is not in this batch`);
    done = Math.max(done, index + 1);
  };
  try {
    await onBatch({ ...batch, resolve, pause: (ms) => (rest = ms) });
  } catch (error) {
    log.error({ err: error, topic, partition, offset: messages[done]?.offset }, 'a batch failed; it comes again');
    rest ??= restMs;
  }
  // Otherwise the same messages would come again at once, for ever.
  if (done === 0) rest ??= restMs;
  return rest === undefined ? { done } : { done, restMs: rest };
}

async function commit(payload: EachBatchPayload, offset: string, positionOf: PositionOf | undefined): Promise<void> {
  const { batch } = payload;
  const { topic, partition } = batch;
  payload.resolveOffset(offset);
  // At the end of what was fetched, go past the markers of transactions too, which nobody gets to see.
  const isLast = offset === batch.messages.at(-1)?.offset;
  const next = BigInt(isLast ? batch.lastOffset() : offset) + 1n;
  const position = positionOf?.(topic, partition, next) ?? next;
  await payload.commitOffsetsIfNecessary({ topics: [{ topic, partitions: [{ partition, offset: `${position}` }] }] });
}

function restFor(payload: EachBatchPayload, ms: number): void {
  const resume = payload.pause();
  // Harmless after a close or a rebalance, and no reason to keep the process alive.
  setTimeout(resume, ms).unref();
}

function startHeartbeats(payload: EachBatchPayload, everyMs: number) {
  let isLost = false;
  const timer = setInterval(() => {
    // The commit that follows finds out by itself what is wrong.
    payload.heartbeat().catch(() => (isLost = true));
  }, everyMs);
  return { isLost: () => isLost, stop: () => clearInterval(timer) };
}
