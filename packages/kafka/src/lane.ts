import { setTimeout as pause } from 'node:timers/promises';
import type { Kafka, Message, Producer as KafkaProducer } from 'kafkajs';
import { QUICK_RETRIES } from './client.ts';
import { createPlacement, type Placement } from './partitioner.ts';
import { sizeOf, take, type Waiting } from './produce-batch.ts';
import { ProduceError } from './produce-error.ts';

const ATTEMPT_PAUSE_MS = 200;

export interface LaneOptions {
  kafka: Kafka;
  topic: string;
  timeoutMs: number;
  onSuccess: (messages: number) => void;
  onFailure: (error: unknown) => void;
}

/** The way into one topic. */
export interface Lane {
  /** Resolves once the broker has the message on all in-sync replicas. @throws {ProduceError} */
  add: (message: Message) => Promise<void>;
  waiting: () => number;
  /** Waits until nothing is waiting, which the time-out bounds, and disconnects. */
  close: () => Promise<void>;
}

interface Client {
  producer: KafkaProducer;
  placement: Placement;
  /** The last request, which may go on after the lane has given up on it. */
  work: Promise<void>;
}

/**
 * Sends one request at a time, and what arrives meanwhile goes into the next. More at a time would not be safe: when an
 * idempotent kafkajs producer fails, it gives the failed batch's sequence numbers to whatever it sends next, which a broker
 * that did get the batch takes for a repetition, and drops although it acknowledges it. For the same reason a producer that
 * has failed is thrown away, with its id; only then may messages arrive twice.
 */
export function createLane({ kafka, topic, timeoutMs, onSuccess, onFailure }: LaneOptions): Lane {
  const queue: Waiting[] = [];
  let client: Client | undefined;
  let running: Promise<void> | undefined;
  let underWay = 0;
  let lastError: unknown;

  async function run(): Promise<void> {
    // Whatever arrives in the same turn of the event loop shares the first request.
    await new Promise(setImmediate);
    for (let batch = take(queue); batch.length > 0; batch = take(queue)) {
      underWay = batch.length;
      await deliver(batch);
    }
    underWay = 0;
    running = undefined;
  }

  /** Tries until every message is acknowledged, refused, or has waited too long. */
  async function deliver(batch: Waiting[]): Promise<void> {
    for (let left = batch; left.length > 0; left = left.filter(({ isSettled }) => !isSettled)) {
      try {
        await attempt(left);
        for (const { settle } of left) settle();
        onSuccess(left.length);
        return;
      } catch (error) {
        lastError = error;
        discard();
        if (isRefusal(error)) {
          await divide(left, error);
          return;
        }
        onFailure(error);
        await pause(ATTEMPT_PAUSE_MS);
      }
    }
  }

  /** Finds the message that the broker refuses, so that it fails nobody else's. */
  async function divide(batch: Waiting[], error: unknown): Promise<void> {
    if (batch.length === 1) {
      batch[0]?.settle(new ProduceError('refused', `${topic} refuses the message: ${(error as Error).message}`, error));
      return;
    }
    const half = Math.ceil(batch.length / 2);
    for (const part of [batch.slice(0, half), batch.slice(half)]) await deliver(part);
  }

  async function attempt(batch: Waiting[]): Promise<void> {
    const latest = Math.max(...batch.map(({ deadline }) => deadline));
    client ??= connect();
    client.work = send(
      client,
      batch.map(({ message }) => message),
    );
    await within(latest - performance.now(), client.work);
  }

  async function send({ producer, placement }: Client, messages: Message[]): Promise<void> {
    // Does nothing when it is connected.
    await producer.connect();
    const confirmed = await producer.send({ topic, messages, acks: -1, timeout: timeoutMs });
    const missing = placement.unconfirmed(messages, confirmed);
    if (missing.length > 0) throw new Error(`The broker did not confirm ${missing.length} messages`);
  }

  function connect(): Client {
    const placement = createPlacement();
    const producer = kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: placement.createPartitioner,
      retry: QUICK_RETRIES,
    });
    return { producer, placement, work: Promise.resolve() };
  }

  function discard(): void {
    if (!client) return;
    const { producer, work } = client;
    client = undefined;
    // Work that was given up on would connect again by itself.
    const disconnect = () => producer.disconnect();
    work.then(disconnect, disconnect).catch(() => undefined);
  }

  return {
    add: (message) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          const text = `${topic} did not acknowledge a message within ${timeoutMs} ms; it may still arrive.`;
          waiting.settle(new ProduceError('timeout', text, lastError));
        }, timeoutMs);
        const waiting: Waiting = {
          message,
          bytes: sizeOf(message),
          deadline: performance.now() + timeoutMs,
          isSettled: false,
          settle: (error) => {
            if (waiting.isSettled) return;
            waiting.isSettled = true;
            clearTimeout(timer);
            if (error) reject(error);
            else resolve();
          },
        };
        queue.push(waiting);
        running ??= run();
      }),
    waiting: () => queue.length + underWay,
    close: async () => {
      while (running) await running;
      discard();
    },
  };
}

/** Errors of the broker that are about what is in the batch (https://kafka.apache.org/protocol#protocol_error_codes). */
const REFUSALS = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_TIMESTAMP', 'INVALID_RECORD']);

function isRefusal(error: unknown): boolean {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const { type } = at as { type?: unknown };
    if (typeof type === 'string' && REFUSALS.has(type)) return true;
  }
  return false;
}

/** Gives up on work that takes longer; the work itself, bounded by its own retries, may go on unheard. */
async function within(timeoutMs: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('The broker does not answer')), Math.max(timeoutMs, 0));
  });
  try {
    await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
