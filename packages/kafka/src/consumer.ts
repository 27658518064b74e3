import type { Consumer as KafkaConsumer, EachBatchPayload } from 'kafkajs';
import { setTimeout as pause } from 'node:timers/promises';
import { deliverBatch, type OnBatch, type PositionOf } from './batch.ts';
import { kafkaClient, QUICK_RETRIES, type ClientOptions } from './client.ts';

export interface ConsumerOptions extends ClientOptions {
  groupId: string;
  topics: string[];
  onBatch: OnBatch;
  /** Holds commits back behind what was resolved and is still being worked on. */
  positionOf?: PositionOf;
  /** Partitions whose batches are handled at the same time (4). */
  concurrency?: number;
  /** Most messages that `onBatch` gets at a time (500). */
  maxBatchMessages?: number;
  /** Most bytes that are fetched from a partition at a time (512 kB); a message that is larger comes alone. */
  maxBatchBytes?: number;
  /** After this long without a sign of life, the group gives a consumer's partitions to others, in ms (10,000). */
  sessionTimeoutMs?: number;
  /** How long a partition rests when its batch failed, or got nowhere, in ms (1,000). */
  restMs?: number;
  /** Told when the group has given us these partitions, in place of those before. */
  onAssignment?: (partitions: Assignment) => void;
  /** Told when consuming broke off; it starts again by itself. `isFatal`: kafkajs thinks that this will not help. */
  onCrash?: (error: Error, isFatal: boolean) => void;
}

/** Partitions of each topic. */
export type Assignment = Record<string, number[]>;

export interface ConsumerHealth {
  /** Whether the group has answered us within the session time-out. */
  isJoined: boolean;
  assignment: Assignment;
}

export interface Consumer {
  /** Waits until this consumer is in the group, as long as that takes; returns at once after `close`. */
  joined: () => Promise<void>;
  health: () => ConsumerHealth;
  /** Rest for these partitions until `resume`. What was fetched already may still come. */
  pause: (topic: string, partitions: number[]) => void;
  resume: (topic: string, partitions: number[]) => void;
  /** Commits a position between batches; where that fails, the next batch's commit includes it. */
  commit: (topic: string, partition: number, position: bigint) => Promise<void>;
  /** Waits for the batches under way and their commits, and leaves the group. */
  close: () => Promise<void>;
}

const HEARTBEAT_MS = 300;
const RESTART_MS = 1_000;
/** Times the session time-out without a word from the group, after which a new client is tried. */
const SILENT_SESSIONS = 3;
const CLOSE_TIMEOUT_MS = 10_000;
/** Longer than any handler should take, since a rebalance waits for it. */
const REBALANCE_TIMEOUT_MS = 30_000;
const REQUEST_TIMEOUT_MS = 10_000;

/**
 * Consumes topics as a member of a group, from the oldest message that the group has not committed. Offsets are committed
 * for what `onBatch` resolved, after it has returned or thrown; everything else comes again. It connects in the background,
 * and starts anew after whatever breaks it off.
 */
export function startConsumer(options: ConsumerOptions): Consumer {
  const { groupId, topics, log, sessionTimeoutMs = 10_000 } = options;
  const closing = new AbortController();
  const isClosing = () => closing.signal.aborted;
  const state = { lastSeenAt: -Infinity, assignment: {} as Assignment };
  let current: KafkaConsumer | undefined;
  let onJoined = () => undefined as unknown;
  const joined = new Promise<void>((resolve) => (onJoined = resolve));

  async function live(): Promise<void> {
    while (!isClosing()) {
      const consumer = build(options, sessionTimeoutMs);
      const broken = untilBroken(consumer);
      current = consumer;
      try {
        await consumer.connect();
        await consumer.subscribe({ topics, fromBeginning: true });
        await consumer.run({
          autoCommit: false,
          eachBatchAutoResolve: false,
          partitionsConsumedConcurrently: options.concurrency ?? 4,
          eachBatch: (payload) => deliver(consumer, payload),
        });
        throw await broken.reason;
      } catch (error) {
        if (isClosing()) break;
        // What kafkajs gave up after retries is judged by its cause: a young broker has no coordinator yet, say.
        const { cause = error } = error as { cause?: unknown };
        const isFatal = (cause as { retriable?: boolean }).retriable === false;
        log[isFatal ? 'error' : 'warn']({ err: error as Error, groupId }, 'consuming broke off; starting again');
        options.onCrash?.(error as Error, isFatal);
      } finally {
        broken.stopWatching();
        state.lastSeenAt = -Infinity;
        state.assignment = {};
        await bounded(consumer.disconnect());
      }
      await pause(RESTART_MS, undefined, { signal: closing.signal }).catch(() => undefined);
    }
  }

  /** Settles with the reason when kafkajs gives up, when it falls silent, or when we close. */
  function untilBroken(consumer: KafkaConsumer) {
    let give: (error: Error) => void = () => undefined;
    const reason = new Promise<Error>((resolve) => (give = resolve));
    const seen = () => (state.lastSeenAt = performance.now());
    consumer.on('consumer.heartbeat', seen);
    consumer.on('consumer.group_join', ({ payload: { memberAssignment } }) => {
      seen();
      state.assignment = memberAssignment;
      log.info({ groupId, assignment: memberAssignment }, 'joined the group');
      options.onAssignment?.(memberAssignment);
      onJoined();
    });
    consumer.on('consumer.crash', ({ payload: { error } }) => give(error));
    const startedAt = performance.now();
    const watch = setInterval(() => {
      const silentMs = performance.now() - Math.max(state.lastSeenAt, startedAt);
      if (silentMs > SILENT_SESSIONS * sessionTimeoutMs) give(new Error(`The group is silent for ${silentMs} ms`));
    }, sessionTimeoutMs);
    const onClose = () => give(new Error('closed'));
    closing.signal.addEventListener('abort', onClose);
    const stopWatching = () => {
      clearInterval(watch);
      closing.signal.removeEventListener('abort', onClose);
    };
    return { reason, stopWatching };
  }

  function deliver(consumer: KafkaConsumer, payload: EachBatchPayload): Promise<void> {
    const { onBatch, positionOf, maxBatchMessages = 500, restMs = 1_000 } = options;
    return deliverBatch(payload, {
      ...{ onBatch, positionOf, log, maxBatchMessages, restMs, heartbeatMs: HEARTBEAT_MS },
      isClosed: () => isClosing() || consumer !== current,
    });
  }

  const life = live();
  return {
    joined: () => Promise.race([joined, life]),
    health: () => ({
      isJoined: performance.now() - state.lastSeenAt < sessionTimeoutMs,
      assignment: structuredClone(state.assignment),
    }),
    pause: (topic, partitions) => current?.pause([{ topic, partitions }]),
    resume: (topic, partitions) => current?.resume([{ topic, partitions }]),
    commit: async (topic, partition, position) => {
      await current?.commitOffsets([{ topic, partition, offset: `${position}` }]).catch((error: unknown) => {
        log.debug({ err: error, topic, partition }, 'a commit failed; the next one includes it');
      });
    },
    close: async () => {
      closing.abort();
      onJoined();
      await life;
    },
  };
}

function build(options: ConsumerOptions, sessionTimeoutMs: number): KafkaConsumer {
  return kafkaClient(options, REQUEST_TIMEOUT_MS).consumer({
    groupId: options.groupId,
    allowAutoTopicCreation: false,
    sessionTimeout: sessionTimeoutMs,
    rebalanceTimeout: REBALANCE_TIMEOUT_MS,
    heartbeatInterval: HEARTBEAT_MS,
    // An answer comes as soon as there is a message. This is how long to wait for one: a pause or a close waits as long.
    maxWaitTimeInMs: 100,
    maxBytesPerPartition: options.maxBatchBytes ?? 512 * 1024,
    // Starting again is done by `live`, with a client that has no past.
    retry: { ...QUICK_RETRIES, restartOnFailure: () => Promise.resolve(false) },
  });
}

async function bounded(work: Promise<void>): Promise<void> {
  const timeout = new AbortController();
  const { signal } = timeout;
  await Promise.race([work, pause(CLOSE_TIMEOUT_MS, undefined, { signal })]).catch(() => undefined);
  timeout.abort();
}
