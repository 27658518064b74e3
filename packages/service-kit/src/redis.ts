import { Redis } from 'ioredis';
import type { Logger } from './log.ts';

/** Redis did not answer in time, not at all, or with an error: whoever asked does without. */
export class RedisAway extends Error {
  override name = 'RedisAway';
}

export interface BoundedRedisOptions {
  url: string;
  applicationName: string;
  /** Bound on one answer. */
  timeoutMs: number;
  log: Logger;
}

export interface AskOptions {
  timeoutMs?: number;
  /** Asks also where Redis was found slow and has not been found well since. */
  evenIfSlow?: boolean;
}

export interface BoundedRedis {
  /** Names the server's process, which another has another of; undefined while Redis is away or slow. */
  runId: () => string | undefined;
  /**
   * Runs a command. While Redis is away or slow it throws at once instead of waiting.
   * @throws {RedisAway} for whatever goes wrong
   */
  ask: <Answer>(command: (client: Redis) => Promise<Answer>, options?: AskOptions) => Promise<Answer>;
  close: () => void;
}

/** How long a limit may wait for its count before it counts in memory. */
export const LIMITS_TIMEOUT_MS = 100;

const CONNECT_TIMEOUT_MS = 1_000;
const MAX_RECONNECT_DELAY_MS = 1_000;
/** How often a Redis that is away or slow is asked whether it is well. */
const PROBE_INTERVAL_MS = 250;
/** A connection on which nothing came for so long is given up: its other end may have gone without a word. */
const HUNG_AFTER_MS = 5_000;

/**
 * Connects to a Redis that may be away, slow or broken at any time, and comes back to it by itself. The first command
 * that fails pays the timeout; after that nobody waits until Redis has answered a probe in time. One line is logged when
 * it goes and one when it is back.
 */
export function openRedis({ url, applicationName, timeoutMs, log }: BoundedRedisOptions): BoundedRedis {
  const client = new Redis(url, {
    connectionName: applicationName,
    connectTimeout: CONNECT_TIMEOUT_MS,
    retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 10), MAX_RECONNECT_DELAY_MS),
    // What fails, fails at once: nothing is kept for later or sent twice.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    // The probe is the check, and tells the process besides.
    enableReadyCheck: false,
    protocol: 2,
    disableClientInfo: true,
  });
  let runId: string | undefined;
  let wellAt = performance.now();
  let isProbing = false;
  let isMissed = false;

  const lose = (cause: unknown) => {
    runId = undefined;
    if (!isMissed) log.warn({ err: cause }, 'Redis is away or slow; going on without it');
    isMissed = true;
  };
  const probe = async () => {
    if (isProbing || runId !== undefined || client.status !== 'ready') return;
    isProbing = true;
    try {
      const found = /^run_id:(\w{8,})/m.exec(await within(timeoutMs, client.info('server')))?.[1];
      if (found === undefined) throw new RedisAway('What answers is not Redis');
      runId = found;
      wellAt = performance.now();
      if (isMissed) log.info('Redis is back');
      isMissed = false;
    } catch (cause) {
      lose(cause);
      if (performance.now() - wellAt > HUNG_AFTER_MS) {
        wellAt = performance.now();
        client.disconnect(true);
      }
    } finally {
      isProbing = false;
    }
  };
  client.on('error', lose);
  client.on('close', () => lose(new RedisAway('The connection broke')));
  client.on('ready', () => {
    wellAt = performance.now();
    void probe();
  });
  const probing = setInterval(() => void probe(), PROBE_INTERVAL_MS).unref();

  return {
    runId: () => runId,
    ask: async (command, options = {}) => {
      if (client.status !== 'ready' || (runId === undefined && !options.evenIfSlow))
        throw new RedisAway('Redis is away');
      try {
        return await within(options.timeoutMs ?? timeoutMs, command(client));
      } catch (cause) {
        // An error that Redis answered with says that it is well, only not inclined.
        if (!isReplyError(cause)) lose(cause);
        throw new RedisAway('Redis did not do as asked', { cause });
      }
    },
    close: () => {
      clearInterval(probing);
      client.removeAllListeners('close');
      client.disconnect();
    },
  };
}

/** @throws {RedisAway} when there is no answer in time; what comes later is dropped */
function within<Answer>(timeoutMs: number, answer: Promise<Answer>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      // An answer may have arrived while this process was busy: it is read before immediates run.
      setImmediate(() => reject(new RedisAway(`No answer within ${timeoutMs} ms`)));
    }, timeoutMs);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

function isReplyError(error: unknown): boolean {
  return error instanceof Error && error.name === 'ReplyError';
}
