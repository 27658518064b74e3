import { Redis } from 'ioredis';
import type { Logger } from '@ticketing/service-kit/log';

export interface QueueRedis {
  /** For commands: those under way fail when Redis goes. */
  client: Redis;
  /** Whether commands may be sent: BullMQ waits, however long it takes, for a connection that is not ready. */
  isReady: () => boolean;
  /** For workers, which wait for Redis however long it is away. */
  waiting: Redis;
  close: () => void;
}

const CONNECT_TIMEOUT_MS = 1_000;
const COMMAND_TIMEOUT_MS = 2_000;
const MAX_RECONNECT_DELAY_MS = 1_000;

/** Connects to the queue's Redis, which may be away at any time. One line is logged when it goes, one when it is back. */
export function openQueueRedis(url: string, log: Logger): QueueRedis {
  const common = {
    connectionName: 'payment-worker-jobs',
    connectTimeout: CONNECT_TIMEOUT_MS,
    retryStrategy: (attempt: number) => Math.min(50 * 2 ** Math.min(attempt, 10), MAX_RECONNECT_DELAY_MS),
  };
  const client = new Redis(url, {
    ...common,
    commandTimeout: COMMAND_TIMEOUT_MS,
    enableOfflineQueue: false,
    // What fails, fails at once; the outbox hands it out again.
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
  });
  // Sent again after the connection broke: without that they would neither be answered nor fail, and BullMQ would wait for
  // their answers as long as the process lives.
  const waiting = new Redis(url, { ...common, maxRetriesPerRequest: null, autoResendUnfulfilledCommands: true });
  let isAway = false;
  client.on('error', (error) => {
    if (!isAway) log.warn({ err: error }, "the queue's Redis is away; jobs run in this process meanwhile");
    isAway = true;
  });
  client.on('ready', () => {
    if (isAway) log.info("the queue's Redis is back");
    isAway = false;
    void warnOfEviction(client, log);
  });
  waiting.on('error', () => undefined);
  return {
    client,
    waiting,
    isReady: () => client.status === 'ready',
    close: () => {
      client.disconnect();
      waiting.disconnect();
    },
  };
}

/** BullMQ's data must not be evicted (https://docs.bullmq.io/guide/going-to-production#max-memory-policy). */
async function warnOfEviction(client: Redis, log: Logger): Promise<void> {
  // Managed servers may not tell.
  const memory = await client.info('memory').catch(() => '');
  const policy = /^maxmemory_policy:(\S+)/m.exec(memory)?.[1];
  if (policy !== undefined && policy !== 'noeviction') {
    log.warn(
      { policy },
      "the queue's Redis may evict jobs: set its maxmemory-policy to noeviction, or QUEUE_REDIS_URL to another Redis",
    );
  }
}
