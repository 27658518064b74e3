import kafkajs, { type Admin, type ITopicConfig } from 'kafkajs';
import { PaymentOutcomeType } from '@ticketing/types/payment-outcome';

/** The topic for outcomes of a type. A prefix other than '' keeps installations, and tests, on one broker apart. */
export function topicOf(type: PaymentOutcomeType, prefix = ''): string {
  return `${prefix}${type}`;
}

/** Where what can't be settled goes. */
export function deadLetterTopicOf(topic: string): string {
  return `${topic}${DEAD_LETTER}`;
}

/** The outcome topics, in the order of the contract. */
export function outcomeTopics(prefix = ''): string[] {
  return PaymentOutcomeType.options.map((type) => topicOf(type, prefix));
}

/** The type of the outcomes in a topic or in its dead-letter topic; undefined for topics that are not ours. */
export function outcomeTypeOf(topic: string, prefix = ''): PaymentOutcomeType | undefined {
  const name = topic.startsWith(prefix) ? topic.slice(prefix.length) : '';
  const type = name.endsWith(DEAD_LETTER) ? name.slice(0, -DEAD_LETTER.length) : name;
  return PaymentOutcomeType.safeParse(type).data;
}

const DEAD_LETTER = '.dlq';
const DAY_MS = 24 * 60 * 60_000;

/** Longer than Stripe retries, than any outage, and than anyone's holidays. */
const RETENTION_MS = 30 * DAY_MS;

/** Room for any outcome and for what others may put there. A record batch is what it limits. */
export const MAX_MESSAGE_BYTES = 1_048_576;

/** A dead letter is a message of that size with headers added. */
const MAX_DEAD_LETTER_BYTES = MAX_MESSAGE_BYTES + 128 * 1024;

export interface TopicOptions {
  prefix?: string;
  /** Of each outcome topic: how many workers can share it. Dead-letter topics have one. */
  partitions: number;
  /** Copies of each partition; the broker's default when not given. With three or more, two must be written. */
  replicationFactor?: number;
  /**
   * Whether a message is on disk before it is acknowledged. By default where there is one copy of it only: what is in the
   * memory of one machine is lost with its power.
   */
  flush?: boolean;
}

/** What `createTopics` found and did. */
export interface TopicsReport {
  created: string[];
  /** Where a topic that was there already is not as we would make it: one sentence each. */
  warnings: string[];
}

/**
 * Makes the topics of the contract that are missing; those that are there stay as they are, and are checked. Safe from
 * several processes at once.
 */
export async function createTopics(admin: Admin, options: TopicOptions): Promise<TopicsReport> {
  const wanted = topicPlans({ ...options, flush: options.flush ?? (await hasOneCopy(admin, options)) });
  const before = new Set(await admin.listTopics());
  const missing = wanted.filter(({ topic }) => !before.has(topic));
  // Answers false when another process made them meanwhile.
  const isOurs = missing.length > 0 && (await admin.createTopics({ topics: missing, waitForLeaders: true }));
  const kept = wanted.filter(({ topic }) => before.has(topic));
  return { created: isOurs ? missing.map(({ topic }) => topic) : [], warnings: await check(admin, kept) };
}

async function hasOneCopy(admin: Admin, { replicationFactor }: TopicOptions): Promise<boolean> {
  if (replicationFactor !== undefined) return replicationFactor === 1;
  return (await admin.describeCluster()).brokers.length === 1;
}

function topicPlans({ prefix = '', partitions, replicationFactor = -1, flush }: TopicOptions): ITopicConfig[] {
  const settings = {
    'cleanup.policy': 'delete',
    // Other makes of client may compress in ways that kafkajs can't read: the broker stores what any client can.
    'compression.type': 'uncompressed',
    ...(replicationFactor >= 3 ? { 'min.insync.replicas': '2' } : {}),
    ...(flush ? { 'flush.messages': '1' } : {}),
  };
  return outcomeTopics(prefix).flatMap((topic) => [
    plan(topic, partitions, replicationFactor, {
      ...settings,
      'retention.ms': `${RETENTION_MS}`,
      'max.message.bytes': `${MAX_MESSAGE_BYTES}`,
    }),
    // Kept until a person has seen to it.
    plan(deadLetterTopicOf(topic), 1, replicationFactor, {
      ...settings,
      'retention.ms': '-1',
      'retention.bytes': '-1',
      'max.message.bytes': `${MAX_DEAD_LETTER_BYTES}`,
    }),
  ]);
}

function plan(topic: string, numPartitions: number, replicationFactor: number, settings: Record<string, string>) {
  const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }));
  return { topic, numPartitions, replicationFactor, configEntries };
}

async function check(admin: Admin, plans: ITopicConfig[]): Promise<string[]> {
  if (plans.length === 0) return [];
  const names = plans.map(({ topic }) => topic);
  const { topics } = await admin.fetchTopicMetadata({ topics: names });
  const { resources } = await admin.describeConfigs({
    resources: names.map((name) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name })),
    includeSynonyms: false,
  });
  return plans.flatMap(({ topic, numPartitions = 1, configEntries = [] }) => {
    const partitions = topics.find(({ name }) => name === topic)?.partitions.length ?? 0;
    const found = resources.find(({ resourceName }) => resourceName === topic)?.configEntries ?? [];
    const valueOf = (name: string) => found.find(({ configName }) => configName === name)?.configValue;
    return [
      ...(partitions < numPartitions ? [`${topic} has ${partitions} partitions, not ${numPartitions}.`] : []),
      ...configEntries
        .filter(({ name, value }) => valueOf(name) !== value)
        .map(({ name, value }) => `${topic} has ${name}=${valueOf(name) ?? 'nothing'}, not ${value}.`),
    ];
  });
}
