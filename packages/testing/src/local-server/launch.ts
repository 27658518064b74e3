import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Watchdog } from '../embedded-postgres/watchdog.ts';
import { PID_FILE, stopServer } from './leftover.ts';

const LAST_WORDS_LINES = 20;

export interface Program {
  /** For messages: `Kafka`. */
  name: string;
  command: string;
  args: string[];
  /** The server's folder, which must be among its arguments: a leftover server is told by it. */
  dataDir: string;
  /** Whether this line of its output says that it is ready. */
  isReady: (line: string) => boolean;
  startTimeoutMs: number;
  onLog?: ((line: string) => void) | undefined;
}

export interface Launched {
  pid: number;
  /** Settles when the server has ended, for whatever reason. */
  exited: Promise<void>;
  /** Ends it: SIGTERM, and SIGKILL if that takes too long, or SIGKILL at once. Its data stays. */
  end: (how: 'clean' | 'kill') => Promise<void>;
}

/**
 * Runs a server in a session of its own, out of reach of Ctrl-C, and waits until it says that it is ready. It does not
 * keep this process alive; the watchdog ends it when this process dies.
 *
 * @throws with the server's last words when it ends or says nothing in time.
 */
export async function launchServer(program: Program, watchdog: Watchdog): Promise<Launched> {
  const { name, dataDir } = program;
  const child = spawn(program.command, program.args, {
    cwd: dataDir,
    detached: true,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, TZ: 'UTC', LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  watchdog.guard(child.pid);
  const exited = new Promise<void>((resolve) => {
    child.once('close', () => {
      watchdog.guard(undefined);
      resolve();
    });
  });
  const failure = await readiness(child, program);
  const { pid } = child;
  if (failure !== undefined || pid === undefined) {
    child.kill('SIGKILL');
    if (pid !== undefined) await exited;
    throw new Error(`${name} did not start: ${failure ?? 'no process'}`);
  }
  await writeFile(join(dataDir, PID_FILE), `${pid}\n`);
  child.unref();
  for (const output of [child.stdout, child.stderr]) (output as unknown as Socket).unref();
  return {
    pid,
    exited,
    end: async (how) => {
      child.ref();
      if (how === 'kill') child.kill('SIGKILL');
      else if (child.exitCode === null && child.signalCode === null) await stopServer(pid, dataDir);
      await exited;
    },
  };
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

/** Settles with undefined when the server is ready, else with what is known of the reason. */
async function readiness(child: Child, program: Program): Promise<string | undefined> {
  const lastWords: string[] = [];
  let timer: NodeJS.Timeout | undefined;
  const outcome = await new Promise<string | undefined>((resolve) => {
    const hear = (line: string) => {
      if (lastWords.push(line) > LAST_WORDS_LINES) lastWords.shift();
      program.onLog?.(line);
      if (program.isReady(line)) resolve(undefined);
    };
    for (const output of [child.stdout, child.stderr]) createInterface(output).on('line', hear);
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(`it ended (${signal ?? String(code)})`));
    timer = setTimeout(() => resolve(`not ready after ${program.startTimeoutMs} ms`), program.startTimeoutMs);
  });
  clearTimeout(timer);
  return outcome === undefined ? undefined : [outcome, ...lastWords].join('\n');
}
