import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** A client that a generator makes of the API reference. */
export interface Client {
  /** What is generated, by what. */
  name: string;
  /** Programs that have to be on PATH. */
  needs: string[];
  /** Generates the client of `document` in `folder`, which is empty, and a program that uses it, and compiles both. */
  build: (document: string, folder: string, signal: AbortSignal) => Promise<void>;
}

const run = promisify(execFile);

/** Whether a program is on PATH. */
export async function hasProgram(name: string): Promise<boolean> {
  return run('sh', ['-c', 'command -v "$0"', name]).then(
    () => true,
    () => false,
  );
}

const STEP_TIMEOUT_MS = 5 * 60_000;
const MAX_OUTPUT_BYTES = 32 * 1024 * 1024;

/** Runs a program in a folder. Returns what it wrote; throws what it wrote last if it fails. */
export async function runIn(
  cwd: string,
  [file = '', ...args]: string[],
  { signal, env = {} }: { signal: AbortSignal; env?: NodeJS.ProcessEnv },
): Promise<string> {
  const options = {
    cwd,
    signal,
    env: { ...process.env, ...env },
    timeout: STEP_TIMEOUT_MS,
    maxBuffer: MAX_OUTPUT_BYTES,
  };
  try {
    const { stdout, stderr } = await run(file, args, options);
    return `${stdout}${stderr}`;
  } catch (cause) {
    const { stdout = '', stderr = '', message } = cause as { stdout?: string; stderr?: string; message: string };
    const lines = `${stdout}${stderr}`.trim().split('\n');
    throw new Error(`${[file, ...args].join(' ')}\n${lines.slice(-SHOWN_LINES).join('\n') || message}`, { cause });
  }
}

const SHOWN_LINES = 20;
