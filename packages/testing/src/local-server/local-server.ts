import { mkdir, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { DataError } from '../data-error.ts';
import { reasonOf } from '../file-fault.ts';
import { startWatchdog } from '../embedded-postgres/watchdog.ts';
import { launchServer, type Launched, type Program } from './launch.ts';
import { stopLeftover } from './leftover.ts';

export interface LocalServerOptions {
  /** Where the server's data, settings and log live; made when it is missing. */
  dataDir: string;
  /** False: the folder is removed by `stop()`, or when this process dies. */
  persistent: boolean;
  /** TCP port on 127.0.0.1; a free one when not given. */
  port?: number;
  /** Receives each line that the server prints. */
  onLog?: (line: string) => void;
  /** Told what takes long, such as a download that happens once. */
  onStep?: (what: string) => void;
}

export interface LocalServer {
  port: number;
  /** The process of the last start. */
  pid: number;
  /** Settles when the process of the last start has ended, for whatever reason. */
  exited: Promise<void>;
  /** Ends the server by `kill -9`, as a crash does; data and port are kept for `restart`. */
  crash: () => Promise<void>;
  /** Stops the server cleanly if it runs, and starts it again on the same port and data. */
  restart: () => Promise<void>;
  /** Stops the server; removes its folder unless it is persistent. May be called twice. */
  stop: () => Promise<void>;
}

const PORT_ATTEMPTS = 5;

/**
 * Starts a server on this machine's loopback address and waits until it is ready.
 *
 * The server has a session of its own, so Ctrl-C in a terminal does not reach it: it runs until `stop()`. Should this
 * process die without calling that, even by `kill -9`, a watchdog ends the server. It does not keep this process alive.
 * A server left over on the same folder is stopped first, so guard against two runs at once before calling this.
 *
 * @param prepare writes what the server needs into the folder, and says how to run it on this port
 * @throws with its last words when the server does not start.
 */
export async function startLocalServer(
  options: LocalServerOptions,
  prepare: (dataDir: string, port: number | undefined) => Promise<Program & { port: number }>,
): Promise<LocalServer> {
  const dataDir = resolve(options.dataDir);
  const { persistent } = options;
  await mkdir(dataDir, { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
    throw new DataError(`${dataDir} is not a folder, and cannot be made one: ${reasonOf(cause)}.`, { cause });
  });
  await stopLeftover(dataDir);
  const watchdog = startWatchdog(persistent ? [] : [dataDir]);
  const cleanUp = async () => {
    if (!persistent) await rm(dataDir, { recursive: true, force: true });
    await watchdog.release();
  };
  try {
    const start = async (): Promise<[Program & { port: number }, Launched]> => {
      for (let attempt = 1; ; attempt += 1) {
        const program = await prepare(dataDir, options.port);
        try {
          return [program, await launchServer(program, watchdog)];
        } catch (error) {
          // Someone else may take a port between our looking and the server's binding.
          const isTaken = error instanceof Error && /address already in use/i.test(error.message);
          if (!isTaken || options.port !== undefined || attempt === PORT_ATTEMPTS) throw error;
        }
      }
    };
    const [program, first] = await start();
    let running = first;
    let stopped: Promise<void> | undefined;
    return {
      port: program.port,
      get pid() {
        return running.pid;
      },
      get exited() {
        return running.exited;
      },
      crash: () => running.end('kill'),
      restart: async () => {
        await running.end('clean');
        running = await launchServer(program, watchdog);
      },
      // What goes away anyway needs no clean end.
      stop: () => (stopped ??= running.end(persistent ? 'clean' : 'kill').finally(cleanUp)),
    };
  } catch (error) {
    await cleanUp();
    throw error;
  }
}
