import { join } from 'node:path';
import { startLocalKafka } from '@ticketing/testing/local-kafka';
import { findDistribution } from '@ticketing/testing/local-kafka/distribution';
import { probeBroker } from '@ticketing/testing/local-kafka/probe';
import { startLocalRedis } from '@ticketing/testing/local-redis';
import { findRedis } from '@ticketing/testing/local-redis/binary';
import { probeRedis } from '@ticketing/testing/local-redis/probe';
import { beginServer, type BackingServer, type ServerHandle } from './backing-server.ts';
import { dataPaths } from './data-folder/names.ts';
import type { ServerPorts } from './ports.ts';
import type { Crash } from './processes.ts';
import type { RunStep } from './step.ts';

export interface MessagingOptions {
  dataDir: string;
  /** Whether to start what is not given. */
  full: boolean;
  /** Of an existing Kafka, comma-separated. */
  brokers?: string | undefined;
  /** Of an existing Redis. */
  redisUrl?: string | undefined;
  ports: ServerPorts;
  onCrash: (crash: Crash) => void;
}

/** Kafka and Redis, as far as the stack has them. */
export interface Messaging {
  /** As KAFKA_BROKERS has it. */
  brokers?: string | undefined;
  redisUrl?: string | undefined;
  /** Only of those that were started here. */
  kafka?: ServerHandle;
  redis?: ServerHandle;
}

export interface BegunMessaging {
  ready: (step: RunStep) => Promise<Messaging>;
  stop: () => Promise<void>;
}

/**
 * Begins to start Kafka and Redis, whose data stays in `kafka` and `redis`, or takes those that are given. Returns as soon
 * as nothing can be missing any more; the servers go on starting meanwhile.
 * @throws one sentence for each that says what is missing on this machine and how to get it, or what does not answer
 */
export async function beginMessaging(options: MessagingOptions): Promise<BegunMessaging> {
  const { full, brokers, redisUrl } = options;
  await Promise.all([brokers && checkBrokers(brokers), redisUrl && checkRedis(redisUrl)]);
  const kafka = full && !brokers ? beginKafka(options) : undefined;
  const redis = full && !redisUrl ? beginRedis(options) : undefined;
  const stop = async () => {
    await Promise.all([kafka?.stop(), redis?.stop()]);
  };
  const outcomes = await Promise.allSettled([kafka?.isPossible, redis?.isPossible]);
  const lacks = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as Error] : []));
  if (lacks.length > 0) {
    await stop();
    throw new Error(lacks.map(({ message }) => message).join('\n'), { cause: lacks[0] });
  }
  return {
    ready: async (step) => {
      const localRedis = redis && (await shown(step, 'Redis', redis, ({ url }) => url));
      const localKafka = kafka && (await shown(step, 'Kafka', kafka, (server) => server.brokers));
      return {
        brokers: brokers ?? localKafka?.brokers,
        redisUrl: redisUrl ?? localRedis?.url,
        ...(localKafka && { kafka: localKafka }),
        ...(localRedis && { redis: localRedis }),
      };
    },
    stop,
  };
}

function beginKafka({ dataDir, ports, onCrash }: MessagingOptions) {
  const folder = dataPaths(dataDir).kafka;
  const logFile = join(folder, 'broker.log');
  return beginServer({
    find: findDistribution,
    start: (onLog) => startLocalKafka({ dataDir: folder, persistent: true, onLog, ...given(ports.kafka) }),
    onCrash: (lastLines) => onCrash({ process: 'kafka', how: 'the broker has stopped', lastLines, logFile }),
  });
}

function beginRedis({ dataDir, ports, onCrash }: MessagingOptions) {
  return beginServer({
    find: findRedis,
    start: (onLog) =>
      startLocalRedis({ dataDir: dataPaths(dataDir).redis, persistent: true, onLog, ...given(ports.redis) }),
    onCrash: (lastLines) => onCrash({ process: 'redis', how: 'the server has stopped', lastLines }),
  });
}

const given = (port: number | undefined) => (port === undefined ? {} : { port });

function shown<Server>(
  step: RunStep,
  title: string,
  server: BackingServer<Server>,
  address: (server: Server) => string,
): Promise<Server> {
  return step(title, async (note) => {
    const running = await server.ready(note);
    note(address(running));
    return running;
  });
}

async function checkBrokers(brokers: string): Promise<void> {
  const addresses = brokers.split(',').map((address) => address.trim());
  await Promise.any(addresses.filter(Boolean).map(probeBroker)).catch((cause: unknown) => {
    throw new Error(`No Kafka broker answers at KAFKA_BROKERS (${brokers}).`, { cause });
  });
}

async function checkRedis(redisUrl: string): Promise<void> {
  await probeRedis(redisUrl).catch((cause: unknown) => {
    // The URL may hold a password.
    throw new Error('No Redis answers at REDIS_URL.', { cause });
  });
}
