import { setTimeout as pause } from 'node:timers/promises';
import type { Admin as KafkaAdmin } from 'kafkajs';
import { kafkaClient, type ClientOptions } from './client.ts';
import { createTopics, type TopicOptions, type TopicsReport } from './topics.ts';

/** What a partition holds: `low` is its first offset, `high` the one that the next message gets. */
export interface PartitionOffsets {
  partition: number;
  low: bigint;
  high: bigint;
}

export interface PartitionLag {
  topic: string;
  partition: number;
  /** The offset that the group will read next; undefined before its first commit. */
  committed: bigint | undefined;
  /** Messages that the group has yet to settle. */
  lag: bigint;
}

export interface Admin {
  /** Asks the cluster for its brokers. @throws when none answers within 5 s */
  check: () => Promise<void>;
  createTopics: (options: TopicOptions) => Promise<TopicsReport>;
  /** In the order of partitions; empty when there is no such topic. */
  offsets: (topic: string) => Promise<PartitionOffsets[]>;
  /** How far a group is behind, in every partition of the topics that exist, whoever consumes them. */
  lag: (groupId: string, topics: string[]) => Promise<PartitionLag[]>;
  /** Removes what is before an offset of a partition, for ever. */
  deleteBefore: (topic: string, partition: number, offset: bigint) => Promise<void>;
  /** Forgets a group that has no members. */
  deleteGroup: (groupId: string) => Promise<void>;
  deleteTopics: (topics: string[]) => Promise<void>;
  close: () => Promise<void>;
}

const TIMEOUT_MS = 5_000;

/** What health checks, metrics and commands ask of the cluster. Connects when first asked, and anew after a failure. */
export function createAdmin(options: ClientOptions): Admin {
  const kafka = kafkaClient(options, TIMEOUT_MS);
  let current: Promise<KafkaAdmin> | undefined;

  async function connect(): Promise<KafkaAdmin> {
    const admin = kafka.admin();
    await admin.connect();
    return admin;
  }

  async function ask<Answer>(question: (admin: KafkaAdmin) => Promise<Answer>): Promise<Answer> {
    const connected = (current ??= connect());
    try {
      return await within(TIMEOUT_MS, connected.then(question));
    } catch (error) {
      if (current === connected) current = undefined;
      void connected.then((admin) => admin.disconnect()).catch(() => undefined);
      throw error;
    }
  }

  const offsets = (topic: string) =>
    ask(async (admin) => {
      if (!(await admin.listTopics()).includes(topic)) return [];
      const found = await admin.fetchTopicOffsets(topic);
      return found
        .map(({ partition, low, high }) => ({ partition, low: BigInt(low), high: BigInt(high) }))
        .sort((a, b) => a.partition - b.partition);
    });

  return {
    check: () =>
      ask(async (admin) => {
        await admin.describeCluster();
      }),
    createTopics: (topics) => ask((admin) => createTopics(admin, topics)),
    offsets,
    lag: async (groupId, topics) => {
      const found = await Promise.all(topics.map(async (topic) => ({ topic, partitions: await offsets(topic) })));
      const existing = found.filter(({ partitions }) => partitions.length > 0);
      if (existing.length === 0) return [];
      const committed = await ask((admin) =>
        admin.fetchOffsets({ groupId, topics: existing.map(({ topic }) => topic) }),
      );
      return existing.flatMap(({ topic, partitions }) => {
        const ofTopic = committed.find((one) => one.topic === topic)?.partitions ?? [];
        return partitions.map(({ partition, low, high }) => {
          const offset = BigInt(ofTopic.find((one) => one.partition === partition)?.offset ?? -1);
          // What retention has removed is no longer there to be settled.
          const next = offset < low ? low : offset;
          return { topic, partition, committed: offset < 0n ? undefined : offset, lag: high - next };
        });
      });
    },
    deleteBefore: (topic, partition, offset) =>
      ask(async (admin) => {
        // Deleting alone does not learn who leads the partition.
        await admin.fetchTopicOffsets(topic);
        await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: `${offset}` }] });
      }),
    deleteGroup: (groupId) =>
      ask(async (admin) => {
        await admin.deleteGroups([groupId]);
      }),
    deleteTopics: (topics) => ask((admin) => admin.deleteTopics({ topics })),
    close: async () => {
      const connected = current;
      current = undefined;
      await connected?.then((admin) => admin.disconnect()).catch(() => undefined);
    },
  };
}

async function within<Result>(timeoutMs: number, work: Promise<Result>): Promise<Result> {
  const timer = new AbortController();
  const timeout = pause(timeoutMs, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`Kafka did not answer within ${timeoutMs} ms`);
  });
  // Aborted once the work is done.
  timeout.catch(() => undefined);
  try {
    return await Promise.race([work, timeout]);
  } finally {
    timer.abort();
  }
}
