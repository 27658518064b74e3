import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { ROOT } from './repository.ts';

export interface ProgramOptions {
  env?: NodeJS.ProcessEnv;
  signal?: AbortSignal;
}

/** Runs a program on this terminal, in the repository. Returns its exit status; one that a signal ended has 1. */
export async function runShown(file: string, args: string[], { env, signal }: ProgramOptions = {}): Promise<number> {
  const child = spawn(file, args, { cwd: ROOT, stdio: 'inherit', ...(env && { env }), ...(signal && { signal }) });
  return new Promise((resolve, reject) => {
    child.once('error', (error) => (error.name === 'AbortError' ? undefined : reject(error)));
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

export interface CapturedOptions extends ProgramOptions {
  /** What it reads from its standard input; without it, there is none. */
  input?: string;
}

/** Runs a program in the repository and returns what it wrote, its exit status too; shows nothing. */
export async function runCaptured(file: string, args: string[], { env, signal, input }: CapturedOptions = {}) {
  const child = spawn(file, args, {
    cwd: ROOT,
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(env && { env }),
    ...(signal && { signal }),
  });
  // It may end before it has read anything.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', (error) => (error.name === 'AbortError' ? undefined : reject(error)));
    child.once('close', (code) => resolve(code ?? 1));
  });
  const [out, err, status] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { out, err, status };
}
