import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { open } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { ROOT } from '../run/repository.ts';
import { followFile } from './follow-file.ts';
import { lastLines } from './last-lines.ts';

export interface AppProcessOptions {
  name: string;
  /** What Node runs: a file and its arguments. */
  args: string[];
  env: NodeJS.ProcessEnv;
  /** Answers with 2xx once it can do its work. */
  readyUrl: string;
  /** Gets all that it writes; beside it, `<logFile>.1` gets what was there when it became too large. */
  logFile: string;
  onLog?: ((line: string) => void) | undefined;
}

export interface AppProcess {
  pid: number;
  /** Its last lines, oldest first. */
  lastLines: () => string[];
  /** Settles when it has ended, in whatever way. */
  ended: Promise<Ending>;
  kill: (signal: NodeJS.Signals) => void;
  /** Asks it to end; makes it end when it takes too long. */
  stop: () => Promise<void>;
}

export interface Ending {
  code: number | null;
  signal: NodeJS.Signals | null;
}

const READY_TIMEOUT_MS = 30_000;
const READY_POLL_MS = 25;
/** Of which there are two for each process. */
const MAX_LOG_BYTES = 20 * 1024 ** 2;
/** Longer than a service gives itself to close. */
const STOP_TIMEOUT_MS = 20_000;

/** A process that did not become ready; the message holds its last lines. */
export class AppStartError extends Error {
  override name = 'AppStartError';
}

/**
 * Starts a service as a process of its own and waits until it is ready. It has a session of its own, so that Ctrl-C in
 * a terminal reaches only whoever starts and stops all, and an IPC channel, by which it can tell that its parent is gone.
 * @throws {AppStartError} when it ends, or is not ready in time
 */
export async function startAppProcess(options: AppProcessOptions): Promise<AppProcess> {
  const { name, args, env, readyUrl, logFile, onLog } = options;
  const lines = lastLines();
  // It writes to the file by itself: through us it would lose its last words, and its footing, when we die first.
  const log = await open(logFile, 'a', 0o600);
  const hear = (line: string) => {
    lines.add(line);
    onLog?.(line);
  };
  const following = await followFile(logFile, hear, MAX_LOG_BYTES);
  const stdio: StdioOptions = ['ignore', log.fd, log.fd, 'ipc'];
  const child = spawn(process.execPath, args, { cwd: ROOT, env, detached: true, stdio });
  const ended = endingOf(child).finally(following.stop);
  await log.close();
  const app: AppProcess = {
    pid: child.pid ?? 0,
    lastLines: lines.all,
    ended,
    kill: (signal) => child.kill(signal),
    stop: () => stop(child, ended),
  };
  const ending = await Promise.race([ended, readiness(readyUrl, ended)]);
  if (ending === 'ready') return app;
  await app.stop();
  const what = ending === 'late' ? `was not ready after ${READY_TIMEOUT_MS / 1000} s` : `ended: ${describe(ending)}`;
  throw new AppStartError([`${name} ${what}. Its last lines:`, ...lines.all().map((line) => `  ${line}`)].join('\n'));
}

/** How a process ended, in words. */
export function describe({ code, signal }: Ending): string {
  return signal ? `killed by ${signal}` : `exit status ${code ?? 'unknown'}`;
}

function endingOf(child: ChildProcess): Promise<Ending> {
  return new Promise((resolve) => {
    child.once('error', () => resolve({ code: null, signal: null }));
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
}

/** `late` when it took too long. Gives up when the process has ended. */
async function readiness(url: string, ended: Promise<unknown>): Promise<'ready' | 'late'> {
  const giveUp = new AbortController();
  void ended.then(() => giveUp.abort());
  const deadline = performance.now() + READY_TIMEOUT_MS;
  while (performance.now() < deadline && !giveUp.signal.aborted) {
    try {
      const { ok } = await fetch(url, { signal: AbortSignal.any([giveUp.signal, AbortSignal.timeout(2_000)]) });
      if (ok) return 'ready';
    } catch {
      // Not listening yet.
    }
    await wait(READY_POLL_MS);
  }
  return 'late';
}

async function stop(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(timer);
}
