import { randomBytes } from 'node:crypto';
import { DataError } from './data-error.ts';
import { findBinaries } from './embedded-postgres/binaries.ts';
import { initialise, placeDataDirectory, removeDataDirectory } from './embedded-postgres/data-directory.ts';
import { holdsDatabase } from './embedded-postgres/existing-data.ts';
import { launch } from './embedded-postgres/launch.ts';
import { stopLeftover } from './embedded-postgres/postmaster.ts';
import { serverAccount } from './embedded-postgres/server-account.ts';
import { startWatchdog } from './embedded-postgres/watchdog.ts';

export interface EmbeddedPostgresOptions {
  /** Where the data lives; made when it is missing or empty. The password is kept beside it, in `<dataDir>.password`. */
  dataDir: string;
  /** TCP port on 127.0.0.1; a free one when not given. */
  port?: number;
  /** Server settings (`-c name=value`), over the durable defaults. */
  settings?: Record<string, string | number>;
  /** False: directory and password are removed by `stop()`, or when this process dies. */
  persistent: boolean;
  /** Receives each line of the server's log. */
  onLog?: (line: string) => void;
}

export interface EmbeddedPostgres {
  /** The superuser's URL of the database `postgres`. It carries the password. */
  url: string;
  port: number;
  pid: number;
  /** Settles when the server has exited, for whatever reason. */
  exited: Promise<void>;
  /** Fast shutdown: open transactions are rolled back. May be called twice. */
  stop: () => Promise<void>;
}

const durable = { max_connections: 200, shared_buffers: '128MB' };

/**
 * Starts a real Postgres 18 from the binaries of the `embedded-postgres` package and waits until it answers.
 *
 * The server has a session of its own, so Ctrl-C in a terminal does not reach it: it runs until `stop()`. Should
 * this process die without calling that, even by `kill -9`, a watchdog shuts the server down. It does not keep this
 * process alive. The library itself is never imported, because that would install its own signal handlers.
 *
 * Works as root too (the server then runs as the user `postgres`). A server left over on the same directory is
 * stopped first, so guard against two runs at once before calling this.
 *
 * @throws when there are no binaries for this platform, or the server does not start (its last words included);
 *   {DataError} when there is something in the place that is no database of this Postgres. That is never replaced.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { persistent, onLog } = options;
  const account = await serverAccount();
  const binaries = await findBinaries(account);
  const place = await placeDataDirectory(options.dataDir, account);
  await stopLeftover(place.dataDir);
  if (!persistent && (await holdsDatabase(place.dataDir, account, binaries.major))) {
    throw new DataError(`${place.dataDir} holds a database, which a temporary server would remove.`);
  }
  const watchdog = startWatchdog(persistent ? [] : place.everything);
  const cleanUp = async () => {
    if (!persistent) await removeDataDirectory(place);
    await watchdog.release();
  };
  try {
    const password = await initialise({
      place,
      account,
      binaries,
      watchdog,
      password: randomBytes(24).toString('hex'),
      sync: persistent,
    });
    const server = await launch({
      dataDir: place.dataDir,
      settings: { ...durable, ...options.settings },
      binaries,
      account,
      watchdog,
      ...(options.port === undefined ? {} : { port: options.port }),
      ...(onLog === undefined ? {} : { onLog }),
    });
    let stopped: Promise<void> | undefined;
    return {
      url: `postgresql://postgres:${password}@127.0.0.1:${server.port}/postgres`,
      port: server.port,
      pid: server.pid,
      exited: server.exited,
      stop: () => (stopped ??= server.stop().finally(cleanUp)),
    };
  } catch (error) {
    await cleanUp();
    throw error;
  }
}
