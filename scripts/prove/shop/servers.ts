import { connect } from 'node:net';
import { join } from 'node:path';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '@ticketing/testing/embedded-postgres';
import { startLocalKafka } from '@ticketing/testing/local-kafka';
import { startLocalRedis } from '@ticketing/testing/local-redis';
import { startTcpProxy, type TcpProxy } from '@ticketing/testing/tcp-proxy';
import { quietPorts } from './quiet-ports.ts';

/** A server that can be made to crash, and that comes back with what it had on disk. */
export interface Crashable {
  crash: () => Promise<void>;
  /** Starts it again after a crash, on the same port and data. */
  restart: () => Promise<void>;
  stop: () => Promise<void>;
}

export interface Postgres extends Crashable {
  /** Administrator's; past every proxy. */
  url: string;
}

/** Every test of it is about what survives a crash, so it is as durable as in production. */
const POSTGRES_SETTINGS = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on', max_wal_size: '1GB' };

export async function startPostgres(folder: string): Promise<Postgres> {
  const dataDir = join(folder, 'postgres');
  const [port = 0] = await quietPorts(1);
  const start = () => startEmbeddedPostgres({ dataDir, port, persistent: true, settings: POSTGRES_SETTINGS });
  let server: EmbeddedPostgres = await start();
  const { url } = server;
  return {
    url,
    // "Immediate shutdown": no backend finishes anything, and the next start recovers from the log, as after a crash.
    crash: async () => {
      process.kill(server.pid, 'SIGQUIT');
      await server.exited;
      await server.stop();
    },
    restart: async () => {
      server = await start();
    },
    stop: () => server.stop(),
  };
}

export interface Kafka extends Crashable {
  /** Past the proxy. Clients are sent to the proxy all the same, once they have asked where to go. */
  brokers: string;
  proxy: TcpProxy;
}

export async function startKafka(folder: string, onStep: (what: string) => void): Promise<Kafka> {
  const [port = 0] = await quietPorts(1);
  const proxy = await startTcpProxy(`tcp://127.0.0.1:${port}`);
  try {
    const options = { dataDir: join(folder, 'kafka'), persistent: false, port, advertisedPort: proxy.port };
    const server = await startLocalKafka({ ...options, onStep });
    const stop = async () => {
      await proxy.close();
      await server.stop();
    };
    return { brokers: server.brokers, proxy, crash: server.crash, restart: server.restart, stop };
  } catch (error) {
    await proxy.close();
    throw error;
  }
}

export interface Redis extends Crashable {
  url: string;
  /** Removes all that is in it. */
  flush: () => Promise<void>;
}

export async function startRedis(folder: string, onStep: (what: string) => void): Promise<Redis> {
  const [port = 0] = await quietPorts(1);
  const server = await startLocalRedis({ dataDir: join(folder, 'redis'), persistent: true, port, onStep });
  return {
    url: server.url,
    crash: server.crash,
    restart: server.restart,
    stop: server.stop,
    flush: () => command(server.port, 'FLUSHALL'),
  };
}

/** https://redis.io/docs/latest/develop/reference/protocol-spec/#inline-commands */
function command(port: number, line: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`${line}\r\n`));
    socket.once('error', reject);
    socket.once('data', () => {
      socket.end();
      resolve();
    });
  });
}
