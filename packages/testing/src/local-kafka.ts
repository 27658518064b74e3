import { findDistribution } from './local-kafka/distribution.ts';
import { brokerProgram, prepareFolder } from './local-kafka/program.ts';
import { freePorts } from './local-server/free-ports.ts';
import { startLocalServer, type LocalServer, type LocalServerOptions } from './local-server/local-server.ts';

export interface LocalKafkaOptions extends LocalServerOptions {
  /** Where the broker tells its clients to connect, if not to its own port: a proxy in front of it. */
  advertisedPort?: number;
}

export interface LocalKafka extends LocalServer {
  /** `127.0.0.1:<port>`, as KAFKA_BROKERS has it. */
  brokers: string;
}

/**
 * Starts a real Kafka broker (KRaft, one node, 150 MB of memory) on loopback ports and waits until it answers: one to
 * eight seconds on two cores, plus up to a minute the first time, when it is fetched into the user's cache. It makes no
 * topics by itself. Its own log is `broker.log` in `dataDir`. What it acknowledged survives `kill -9`, not a power cut.
 * See `startLocalServer` for how it ends.
 *
 * @throws one sentence that says what is missing (Java, Maven) and how to get it, or the broker's last words; {DataError}
 *   when the folder has data that would be replaced.
 */
export async function startLocalKafka(options: LocalKafkaOptions): Promise<LocalKafka> {
  const distribution = await findDistribution(options.onStep);
  const { advertisedPort } = options;
  const server = await startLocalServer(options, async (dataDir, wanted) => {
    const [free = 0, controllerPort = 0] = await freePorts(2);
    const port = wanted ?? free;
    await prepareFolder({ dataDir, formatted: distribution.formatted, port, controllerPort, advertisedPort });
    const isShortLived = !options.persistent;
    return { ...brokerProgram(distribution, { dataDir, isShortLived, onLog: options.onLog }), port };
  });
  // Not a spread: `pid` and `exited` change when the server is started again.
  return Object.assign(server, { brokers: `127.0.0.1:${server.port}` });
}
