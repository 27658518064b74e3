import type { Message } from 'kafkajs';
import type { ProduceError } from './produce-error.ts';

/** A message on its way to its acknowledgement. */
export interface Waiting {
  message: Message;
  bytes: number;
  deadline: number;
  isSettled: boolean;
  settle: (error?: ProduceError) => void;
}

/** Bounds on one produce request; more than this gains nothing. */
const MAX_BATCH_MESSAGES = 500;
/** Below the topics' limit, so that only a message that is too large by itself makes a batch that is. */
const MAX_BATCH_BYTES = 900_000;

/** The next batch, without those that have given up; empty when nothing is waiting. */
export function take(queue: Waiting[]): Waiting[] {
  let bytes = 0;
  let count = 0;
  while (count < queue.length && count < MAX_BATCH_MESSAGES) {
    bytes += queue[count]?.bytes ?? 0;
    if (count > 0 && bytes > MAX_BATCH_BYTES) break;
    count++;
  }
  const batch = queue.splice(0, count).filter(({ isSettled }) => !isSettled);
  return batch.length > 0 || queue.length === 0 ? batch : take(queue);
}

/** Roughly the bytes that a message takes up in a request. */
export function sizeOf({ key, value, headers = {} }: Message): number {
  let bytes = 100 + (key?.length ?? 0) + (typeof value === 'string' ? Buffer.byteLength(value) : (value?.length ?? 0));
  for (const [name, text] of Object.entries(headers)) bytes += name.length + String(text).length + 10;
  return bytes;
}
