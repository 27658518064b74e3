import { fork, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { temporaryHome } from '../src/temporary-home.ts';

/** An empty folder, removed after the test. */
export async function folder(): Promise<string> {
  const path = await mkdtemp(join(await temporaryHome(), 'local-server-test-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** Whether the process runs; one that ended but was not collected by its parent does not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

/** A server owned by a process that can be killed. */
export async function ownedElsewhere(
  what: 'kafka' | 'redis',
  dataDir: string,
  kind: 'persistent' | 'temporary',
): Promise<{ owner: ChildProcess; pid: number }> {
  const owner = fork(fileURLToPath(new URL('server-owner.ts', import.meta.url)), [what, dataDir, kind]);
  onTestFinished(() => void owner.kill('SIGKILL'));
  const { pid } = await new Promise<{ pid: number }>((resolve) =>
    owner.once('message', (message) => resolve(message as { pid: number })),
  );
  return { owner, pid };
}

/** Sets variables of the environment for the rest of the test; undefined removes one. */
export function environment(changes: Record<string, string | undefined>): void {
  const before = Object.fromEntries(Object.keys(changes).map((name) => [name, process.env[name]]));
  onTestFinished(() => assign(before));
  assign(changes);
}

function assign(values: Record<string, string | undefined>): void {
  for (const [name, value] of Object.entries(values)) {
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- assigning undefined would make it the text "undefined"
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}
