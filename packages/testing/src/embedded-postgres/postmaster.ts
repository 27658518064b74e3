import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { waitUntil } from '../wait-until.ts';

const FAST_SHUTDOWN_MS = 20_000;
const IMMEDIATE_SHUTDOWN_MS = 5_000;

/**
 * Stops a server that an earlier, killed run left running on the directory, and removes its stale pid file (with
 * which Postgres would refuse to start if another process has that pid by now).
 *
 * @throws when it will not stop.
 */
export async function stopLeftover(dataDir: string): Promise<void> {
  const { pid } = (await readPidFile(dataDir)) ?? {};
  if (pid === undefined) return;
  await stopPostmaster(pid, dataDir);
  await rm(join(dataDir, 'postmaster.pid'), { force: true });
}

/**
 * Stops the server with this pid, if it is the one on this directory: fast first, then immediately, then with -9.
 *
 * @throws when even that did not help.
 */
export async function stopPostmaster(pid: number, dataDir: string): Promise<void> {
  // https://www.postgresql.org/docs/18/server-shutdown.html
  for (const [signal, timeoutMs] of [
    ['SIGINT', FAST_SHUTDOWN_MS],
    ['SIGQUIT', IMMEDIATE_SHUTDOWN_MS],
    ['SIGKILL', IMMEDIATE_SHUTDOWN_MS],
  ] as const) {
    if (!(await isPostmasterOf(pid, dataDir))) return;
    process.kill(pid, signal);
    const gone = async () => !(await isPostmasterOf(pid, dataDir));
    if (await waitUntil('Postgres to stop', gone, { timeoutMs }).catch(() => false)) return;
  }
  throw new Error(`Postgres (pid ${pid}) on ${dataDir} does not stop.`);
}

/**
 * What the server says of itself in `postmaster.pid`; undefined while there is no such file.
 * Lines: https://www.postgresql.org/docs/18/storage-file-layout.html
 */
export async function readPidFile(dataDir: string): Promise<{ pid: number; ready: boolean } | undefined> {
  const text = await readFile(join(dataDir, 'postmaster.pid'), 'utf8').catch(() => undefined);
  const lines = text?.split('\n') ?? [];
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  return { pid, ready: lines[7]?.trim() === 'ready' };
}

/** Whether a live process with this pid was started by us as the server of this directory; a zombie is not alive. */
async function isPostmasterOf(pid: number, dataDir: string): Promise<boolean> {
  const command = await commandLine(pid);
  return command.includes('postgres') && command.includes(` -D ${dataDir} `);
}

async function commandLine(pid: number): Promise<string> {
  try {
    if (process.platform === 'linux') return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ');
    return (await promisify(execFile)('ps', ['-ww', '-o', 'command=', '-p', `${pid}`])).stdout;
  } catch {
    return '';
  }
}
