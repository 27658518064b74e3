import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { createAdmin } from './admin.ts';
import { kafkaClient, QUICK_RETRIES, type ClientOptions } from './client.ts';
import { receivedMessage, type ReceivedMessage } from './received-message.ts';

/** Fetched at a time: all that is held in memory, about. */
const MAX_BYTES = 1024 * 1024;
const REQUEST_TIMEOUT_MS = 10_000;
const HEARTBEAT_MS = 1_000;
const ATTEMPTS = 10;
const ATTEMPT_PAUSE_MS = 500;

/**
 * Reads a topic from its first message to the one that is the last when the reading begins, each partition in its order. It
 * holds about a megabyte in memory however long the topic is, moves no group's offsets, and leaves no group behind. There
 * is nothing to read in a topic that does not exist.
 *
 * @throws when the brokers go away meanwhile
 */
export async function* readTopic(options: ClientOptions, topic: string): AsyncGenerator<ReceivedMessage, void> {
  const admin = createAdmin(options);
  try {
    const ends = new Map<number, bigint>();
    for (const { partition, low, high } of await admin.offsets(topic)) if (high > low) ends.set(partition, high);
    if (ends.size === 0) return;
    // kafkajs reads through groups only.
    const groupId = `reader-${randomUUID()}`;
    try {
      yield* readPatiently(() => readAs(groupId, options, topic, ends));
    } finally {
      // The broker would forget it by itself before long.
      await admin.deleteGroup(groupId).catch(() => undefined);
    }
  } finally {
    await admin.close();
  }
}

/** A broker that has just started can't form groups yet. Once something was read, a failure is the caller's. */
async function* readPatiently(
  read: () => AsyncGenerator<ReceivedMessage, void>,
): AsyncGenerator<ReceivedMessage, void> {
  for (let attempt = 1; ; attempt++) {
    let isBegun = false;
    try {
      for await (const message of read()) {
        isBegun = true;
        yield message;
      }
      return;
    } catch (error) {
      if (isBegun || attempt === ATTEMPTS) throw error;
      await pause(ATTEMPT_PAUSE_MS);
    }
  }
}

async function* readAs(
  groupId: string,
  options: ClientOptions,
  topic: string,
  untilOffsets: Map<number, bigint>,
): AsyncGenerator<ReceivedMessage, void> {
  const ends = new Map(untilOffsets);
  /** What has been read already comes again when the group forms anew. */
  const nexts = new Map<number, bigint>();
  const consumer = kafkaClient(options, REQUEST_TIMEOUT_MS).consumer({
    groupId,
    allowAutoTopicCreation: false,
    maxWaitTimeInMs: 100,
    maxBytes: MAX_BYTES,
    retry: { ...QUICK_RETRIES, restartOnFailure: () => Promise.resolve(false) },
  });
  const handover = createHandover<ReceivedMessage[]>();
  consumer.on('consumer.crash', ({ payload: { error } }) => handover.end(error));
  // Comes for what holds nothing but the markers of transactions, too.
  consumer.on('consumer.end_batch_process', ({ payload: { partition, lastOffset } }) => {
    if (BigInt(lastOffset) + 1n >= (ends.get(partition) ?? 0n)) ends.delete(partition);
    if (ends.size === 0) handover.end();
  });
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatch: async (payload) => {
        const { partition, messages } = payload.batch;
        const end = ends.get(partition) ?? 0n;
        const next = nexts.get(partition) ?? 0n;
        const wanted = messages.filter(({ offset }) => BigInt(offset) >= next && BigInt(offset) < end);
        const beating = setInterval(() => void payload.heartbeat().catch(() => undefined), HEARTBEAT_MS);
        await handover.give(wanted.map((message) => receivedMessage(topic, partition, message)));
        clearInterval(beating);
        const last = BigInt(messages.at(-1)?.offset ?? -1);
        nexts.set(partition, last + 1n);
        if (last + 1n >= end) payload.pause();
      },
    });
    yield* flattened(handover.taken);
  } finally {
    handover.end();
    await consumer.disconnect();
  }
}

async function* flattened<Item>(lists: AsyncIterable<Item[]>): AsyncGenerator<Item, void> {
  for await (const list of lists) yield* list;
}

interface Handover<Item> {
  /** Resolves when the taker is done with the item, or wants no more. */
  give: (item: Item) => Promise<void>;
  /** Nothing more comes; with an error, the taker gets it. */
  end: (error?: Error) => void;
  taken: AsyncIterable<Item>;
}

/** Hands items from one who calls to one who iterates, one at a time. */
function createHandover<Item>(): Handover<Item> {
  const offers: { item: Item; done: () => void }[] = [];
  let wake = () => undefined as unknown;
  let ended: { error?: Error } | undefined;
  async function* take(): AsyncGenerator<Item, void> {
    for (;;) {
      const offer = offers.shift();
      if (offer) {
        try {
          yield offer.item;
        } finally {
          // However the taker went on: it may have left.
          offer.done();
        }
      } else if (ended) {
        if (ended.error) throw ended.error;
        return;
      } else {
        await new Promise<void>((resolve) => (wake = resolve));
      }
    }
  }
  return {
    give: (item) =>
      new Promise((done) => {
        if (ended) done();
        else offers.push({ item, done });
        wake();
      }),
    end: (error) => {
      ended ??= error === undefined ? {} : { error };
      for (const { done } of offers) done();
      wake();
    },
    taken: take(),
  };
}
