import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { waitUntil } from '../wait-until.ts';

/** In the server's folder: the number of the process that serves it. */
export const PID_FILE = 'server.pid';

const CLEAN_STOP_MS = 20_000;
const KILL_MS = 5_000;

/**
 * Stops a server that an earlier, killed run left running on the folder.
 *
 * @throws when it will not stop.
 */
export async function stopLeftover(dataDir: string): Promise<void> {
  const file = join(dataDir, PID_FILE);
  const pid = Number(await readFile(file, 'utf8').catch(() => ''));
  if (Number.isInteger(pid) && pid > 0) await stopServer(pid, dataDir);
  await rm(file, { force: true });
}

/**
 * Stops the process, if it is the server of this folder: cleanly first, then with -9.
 *
 * @throws when even that did not help.
 */
export async function stopServer(pid: number, dataDir: string): Promise<void> {
  for (const [signal, timeoutMs] of [
    ['SIGTERM', CLEAN_STOP_MS],
    ['SIGKILL', KILL_MS],
  ] as const) {
    if (!(await isServerOf(pid, dataDir))) return;
    process.kill(pid, signal);
    const gone = async () => !(await isServerOf(pid, dataDir));
    if (await waitUntil('the server to stop', gone, { timeoutMs }).catch(() => false)) return;
  }
  throw new Error(`The server (pid ${pid}) on ${dataDir} does not stop.`);
}

/** Whether a live process with this number has the folder among its arguments; a zombie has none. */
async function isServerOf(pid: number, dataDir: string): Promise<boolean> {
  try {
    if (process.platform === 'linux') return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).includes(dataDir);
    const { stdout } = await promisify(execFile)('ps', ['-ww', '-o', 'command=', '-p', `${pid}`]);
    return stdout.includes(dataDir);
  } catch {
    return false;
  }
}
