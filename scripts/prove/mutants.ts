import { join } from 'node:path';
import { UsageError } from '@ticketing/service-kit/command-line';
import type { Violation } from './checker/world.ts';
import { MUTANTS } from './mutants/list.ts';
import type { Mutant } from './mutants/mutant.ts';
import { CONTROLS, tryMutant, type TryOptions } from './mutants/try.ts';

export interface MutantsOptions extends TryOptions {
  print: (line: string) => void;
}

export interface MutantsResult {
  trials: { name: string; what: string; isRight: boolean; seconds: number; broken: string[] }[];
  /** How many went unnoticed, or how many were found in code that is not broken. */
  wrong: number;
}

/** In so many short sales, what is broken has to show. */
const MAX_SALES = 4;

/** Which mutants are meant; none: all of them. @throws {UsageError} for names that there are not */
export function chooseMutants(names: string[]): Mutant[] {
  const all = [...CONTROLS, ...MUTANTS];
  const unknown = names.filter((name) => !all.some((mutant) => mutant.name === name));
  const known = all.map(({ name, what }) => `  ${name.padEnd(28)}${what}`).join('\n');
  if (unknown.length > 0) throw new UsageError(`There is no mutant ${unknown.join(', ')}. There are:\n${known}`);
  return names.length === 0 ? all : all.filter(({ name }) => names.includes(name));
}

/** Tries one after the other, and says of each whether the checker noticed what is wrong with it. */
export async function tryMutants(mutants: Mutant[], options: MutantsOptions): Promise<MutantsResult> {
  const trials: MutantsResult['trials'] = [];
  for (const mutant of mutants) {
    options.signal.throwIfAborted();
    const isControl = CONTROLS.includes(mutant);
    const { isCaught, violations, tookMs, sales } = await trySales(mutant, isControl ? 1 : MAX_SALES, options);
    const isRight = isControl ? violations.length === 0 : isCaught;
    const { name, what } = mutant;
    const seconds = Math.round(tookMs / 1_000);
    trials.push({ name, what, isRight, seconds, broken: rulesOf(violations) });
    options.print(`${isRight ? 'ok   ' : 'WRONG'} ${name.padEnd(28)} ${String(seconds).padStart(3)} s  ${what}`);
    for (const line of rulesOf(violations)) options.print(`        ${line}`);
    if (isRight && sales > 1) options.print(`        in sale ${sales}: in those before, it did not come to it`);
    if (!isRight && !isControl) options.print(`        expected: ${mutant.rules.join(', or ')}`);
    if (!isRight && isControl) for (const { what: found } of violations.slice(0, 10)) options.print(`        ${found}`);
  }
  return { trials, wrong: trials.filter(({ isRight }) => !isRight).length };
}

/**
 * A short sale to its end, and where it did not come to what is broken (nothing was sold out, say), another one with other
 * people.
 */
async function trySales(mutant: Mutant, maxSales: number, options: TryOptions) {
  let tookMs = 0;
  for (let sales = 1; ; sales++) {
    const seed = sales === 1 ? options.seed : `${options.seed}/${sales}`;
    const trial = await tryMutant(mutant, { ...options, seed, folder: join(options.folder, `sale-${sales}`) });
    tookMs += trial.tookMs;
    if (trial.isCaught || sales === maxSales) return { ...trial, tookMs, sales };
    options.signal.throwIfAborted();
  }
}

function rulesOf(violations: Violation[]): string[] {
  const counts = new Map<string, number>();
  for (const { rule } of violations) counts.set(rule, (counts.get(rule) ?? 0) + 1);
  return [...counts].map(([rule, count]) => `found: ${rule} (${count})`);
}
