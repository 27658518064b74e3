import { fork } from 'node:child_process';
import { basename } from 'node:path';
import { inRoot } from '../run/repository.ts';
import type { ClosedLoop, ClosedLoopResult } from './load/closed-loop.ts';
import type { OpenLoop, OpenLoopResult } from './load/open-loop.ts';

const GENERATOR = inRoot('scripts/bench/load/generator.ts');

/** Enough for requests that are picked at random. */
const PICKS = 500;

/** Loads a service from a process of its own: every connection sends its next request when it has the last answer. */
export async function closedLoop(
  given: Omit<ClosedLoop, 'perConnection'> & { perConnection?: number },
  signal: AbortSignal,
): Promise<ClosedLoopResult> {
  const plan: ClosedLoop = { perConnection: PICKS, ...given };
  return (await inOwnProcess(GENERATOR, { kind: 'closed-loop', plan }, signal)) as ClosedLoopResult;
}

/** Loads a service from a process of its own at a steady rate, however long its answers take. */
export async function openLoop(plan: OpenLoop, signal: AbortSignal): Promise<OpenLoopResult> {
  return (await inOwnProcess(GENERATOR, { kind: 'open-loop', plan }, signal)) as OpenLoopResult;
}

/**
 * Gives a program of ours its task as its first message, and returns what it sends back.
 * @throws with the program's own words when it ends without a result
 */
export function inOwnProcess(file: string, task: object, signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const child = fork(file, [], { signal, stdio: ['ignore', 'inherit', 'pipe', 'ipc'] });
    let words = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (words += text));
    child.once('error', reject);
    child.once('message', resolve);
    child.once('close', (code) => {
      const why = withoutWarnings(words) || `it ended with status ${code ?? 'unknown'} and no result`;
      reject(new Error(`${basename(file)}: ${why}`));
    });
    child.send(task);
  });
}

/** Node's own warnings are not why a program failed. */
function withoutWarnings(words: string): string {
  const lines = words.split('\n').filter((line) => !/^\((node:\d+|Use `node)/.test(line));
  return lines.join('\n').trim();
}
