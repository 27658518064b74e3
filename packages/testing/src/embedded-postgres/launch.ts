import { spawn } from 'node:child_process';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { waitUntil } from '../wait-until.ts';
import type { Binaries } from './binaries.ts';
import { readPidFile, stopPostmaster } from './postmaster.ts';
import type { ServerAccount } from './server-account.ts';
import type { Watchdog } from './watchdog.ts';

/** Long enough for recovery after a crash. */
const START_TIMEOUT_MS = 60_000;
const PORT_ATTEMPTS = 5;
const LAST_WORDS_LINES = 20;

interface LaunchOptions {
  dataDir: string;
  port?: number;
  settings: Record<string, string | number>;
  binaries: Binaries;
  account: ServerAccount;
  watchdog: Watchdog;
  onLog?: (line: string) => void;
}

export interface Launched {
  pid: number;
  port: number;
  exited: Promise<void>;
  stop: () => Promise<void>;
}

/** Runs the server in a session of its own and waits until it is ready. A port that was not asked for is free. */
export async function launch(options: LaunchOptions): Promise<Launched> {
  if (options.port !== undefined) return launchOn(options.port, options);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await launchOn(await freePort(), options);
    } catch (error) {
      // Someone else may take the port between our looking and Postgres' binding.
      const taken = error instanceof Error && error.message.includes('Address already in use');
      if (!taken || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

async function launchOn(port: number, options: LaunchOptions): Promise<Launched> {
  const { dataDir, binaries, account, watchdog } = options;
  const settings = { listen_addresses: '127.0.0.1', unix_socket_directories: '', ...options.settings };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = spawn(binaries.postgres, ['-D', dataDir, '-p', `${port}`, ...flags], {
    ...account,
    cwd: '/',
    detached: true,
    env: { PATH: process.env.PATH, TZ: 'UTC', LC_ALL: 'C' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const lastWords: string[] = [];
  createInterface(child.stderr).on('line', (line) => {
    if (lastWords.push(line) > LAST_WORDS_LINES) lastWords.shift();
    options.onLog?.(line);
  });
  const state = { ended: false };
  const exited = new Promise<void>((resolve) => {
    child.once('error', (error) => lastWords.push(error.message));
    child.once('close', () => {
      state.ended = true;
      watchdog.guard(undefined);
      resolve();
    });
  });
  const { pid } = child;
  watchdog.guard(pid);
  const ready = async () => state.ended || ((await readPidFile(dataDir))?.ready ?? false);
  await waitUntil('Postgres to start', ready, { timeoutMs: START_TIMEOUT_MS }).catch(() => child.kill('SIGQUIT'));
  const failed = state.ended || !(await readPidFile(dataDir))?.ready;
  if (failed || pid === undefined) {
    await exited;
    throw new Error(`Postgres did not start on port ${port}:\n${lastWords.join('\n')}`);
  }
  // It must not keep a process alive that forgot to stop it; the watchdog sees to it then.
  child.unref();
  (child.stderr as unknown as Socket).unref();
  const stop = async () => {
    child.ref();
    if (!state.ended) await stopPostmaster(pid, dataDir);
    await exited;
  };
  return { pid, port, exited, stop };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
