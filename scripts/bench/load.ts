import { fork } from 'node:child_process';
import { inRoot } from '../run/repository.ts';
import type { ClosedLoop, ClosedLoopResult } from './load/closed-loop.ts';
import type { OpenLoop, OpenLoopResult } from './load/open-loop.ts';

const GENERATOR = inRoot('scripts/bench/load/generator.ts');

/** Loads a service from a process of its own: every connection sends its next request when it has the last answer. */
export async function closedLoop(plan: ClosedLoop, signal: AbortSignal): Promise<ClosedLoopResult> {
  return (await inOwnProcess(GENERATOR, { kind: 'closed-loop', plan }, signal)) as ClosedLoopResult;
}

/** Loads a service from a process of its own at a steady rate, however long its answers take. */
export async function openLoop(plan: OpenLoop, signal: AbortSignal): Promise<OpenLoopResult> {
  return (await inOwnProcess(GENERATOR, { kind: 'open-loop', plan }, signal)) as OpenLoopResult;
}

/** Gives a program of ours its task as its first message, and returns what it sends back. */
export function inOwnProcess(file: string, task: object, signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const child = fork(file, [], { signal });
    child.once('error', reject);
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`${file} ended with status ${code ?? 'unknown'} and no result`)));
    child.send(task);
  });
}
