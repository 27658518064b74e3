import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAdmin } from '@ticketing/kafka/admin';
import type { TopicOptions } from '@ticketing/kafka/topics';
import { createClosing } from '@ticketing/service-kit/closing';
import { silentLog } from '@ticketing/service-kit/log';
import { startEmbeddedPostgres } from '@ticketing/testing/embedded-postgres';
import { startLocalKafka } from '@ticketing/testing/local-kafka';
import { findDistribution } from '@ticketing/testing/local-kafka/distribution';
import { startLocalRedis } from '@ticketing/testing/local-redis';
import { createDatabase, type TestDatabase } from '@ticketing/testing/postgres';
import pg from 'pg';

/** A database of a row's own. */
export interface BenchDatabase extends TestDatabase {
  /** As superuser. */
  admin: pg.Pool;
}

/** Real servers for a row, closed with it. */
export interface Workbench {
  /** Temporary; for logs and data. */
  folder: string;
  /** Where every Node process that is measured leaves its CPU profile. */
  profiles: string | undefined;
  /** Of whoever runs it. */
  env: NodeJS.ProcessEnv;
  signal: AbortSignal;
  /** Called when the row is over, in reverse order. */
  onClose: (close: () => unknown) => void;
  database: () => Promise<BenchDatabase>;
  /** A broker with the topics of the contract, six partitions each, as the worker makes them by default. */
  kafka: (topics?: Pick<TopicOptions, 'flush'>) => Promise<string>;
  redis: () => Promise<string>;
  /** Writes what Postgres has in memory to disk. */
  checkpoint: () => Promise<void>;
  /** Made by the first row that asks for this name, for all rows that do; closed at the end of the run. */
  shared: <Thing>(
    name: string,
    make: (bench: Pick<Workbench, 'database' | 'onClose'>) => Promise<Thing>,
  ) => Promise<Thing>;
}

export interface Benches {
  postgresVersion: string;
  /** Of the broker, once a row has asked for one. */
  kafkaVersion: () => string | undefined;
  /** Gives a row its workbench, and closes what it opened. */
  use: <Result>(work: (bench: Workbench) => Promise<Result>) => Promise<Result>;
  close: () => Promise<void>;
}

/** As durable as in production, in everything that a row measures. */
const POSTGRES_SETTINGS = {
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  // When each payment was settled, by the server's own clock.
  track_commit_timestamp: 'on',
  max_wal_size: '4GB',
};

const PARTITIONS = 6;

/** One Postgres for the whole run, in the system's temporary folder; all else is started for each row. */
export async function openBenches(options: Pick<Workbench, 'env' | 'signal' | 'profiles'>): Promise<Benches> {
  const closing = createClosing();
  try {
    const folder = await mkdtemp(join(tmpdir(), 'ticketing-bench-'));
    closing.add(() => rm(folder, { recursive: true, force: true }));
    const dataDir = join(tmpdir(), `ticketing-bench-postgres-${randomBytes(6).toString('hex')}`);
    const postgres = await startEmbeddedPostgres({ dataDir, persistent: false, settings: POSTGRES_SETTINGS });
    closing.add(postgres.stop);
    const admin = new pg.Pool({ connectionString: postgres.url, max: 1 });
    admin.on('error', () => undefined);
    closing.add(() => admin.end());
    const { rows } = await admin.query<{ server_version: string }>('show server_version');
    let kafkaVersion: string | undefined;
    const things = new Map<string, Promise<unknown>>();
    const shared: Workbench['shared'] = (name, make) => {
      const forAll = { onClose: closing.add, database: () => openDatabase(postgres.url, closing.add) };
      const thing = things.get(name) ?? make(forAll);
      things.set(name, thing);
      return thing as ReturnType<typeof make>;
    };
    const checkpoint = async () => {
      await admin.query('checkpoint');
    };
    return {
      postgresVersion: rows[0]?.server_version ?? 'unknown',
      kafkaVersion: () => kafkaVersion,
      use: async (work) => {
        const own = createClosing();
        // An interrupted run closes from outside while the row is still at work.
        closing.add(own.close);
        const kafka: Workbench['kafka'] = async (topics) => {
          const { classPath } = await findDistribution((what) => console.error(`${what} …`));
          kafkaVersion = /kafka_[\d.]+-([\d.]+)\.jar/.exec(classPath)?.[1];
          return startBroker(folder, own.add, topics);
        };
        try {
          return await work({
            ...{ ...options, folder, checkpoint, shared, kafka, onClose: own.add },
            database: () => openDatabase(postgres.url, own.add),
            redis: () => startRedis(folder, own.add),
          });
        } finally {
          await own.close();
        }
      },
      close: closing.close,
    };
  } catch (error) {
    await closing.close();
    throw error;
  }
}

type OnClose = Workbench['onClose'];

async function openDatabase(serverUrl: string, onClose: OnClose): Promise<BenchDatabase> {
  const database = await createDatabase(serverUrl);
  onClose(database.drop);
  const admin = new pg.Pool({ connectionString: database.adminUrl, max: 2 });
  admin.on('error', () => undefined);
  onClose(() => admin.end());
  return { ...database, admin };
}

async function startBroker(folder: string, onClose: OnClose, topics?: Pick<TopicOptions, 'flush'>): Promise<string> {
  const dataDir = await mkdtemp(join(folder, 'kafka-'));
  // A broker that is not for tests: it compiles what is hot as well as Java can.
  const { brokers, stop } = await startLocalKafka({ dataDir, persistent: true });
  onClose(async () => {
    await stop();
    await rm(dataDir, { recursive: true, force: true });
  });
  const admin = createAdmin({ brokers: [brokers], clientId: 'bench', log: silentLog });
  await admin.createTopics({ partitions: PARTITIONS, replicationFactor: 1, ...topics });
  await admin.close();
  return brokers;
}

async function startRedis(folder: string, onClose: OnClose): Promise<string> {
  const dataDir = await mkdtemp(join(folder, 'redis-'));
  const { url, stop } = await startLocalRedis({ dataDir, persistent: false });
  onClose(stop);
  return url;
}
