import { whileItTakesLong } from '../bootstrap/waiting.mjs';

/**
 * Runs one step of a longer work and shows it, with its title, while it runs; `note` adds what is worth knowing to it.
 * Returns what the work returns.
 */
export type RunStep = <T>(title: string, work: (note: (text: string) => void) => Promise<T>) => Promise<T>;

/** Says a step only if it takes long: what it is, and what it has said of itself. */
export function sayLongSteps(say: (line: string) => void): RunStep {
  return async (title, work) => {
    const notes: string[] = [];
    const end = whileItTakesLong((seconds) => say(inWords(title, seconds, notes)));
    try {
      return await work((text) => notes.push(text));
    } finally {
      end();
    }
  };
}

/** Shows nothing. */
export const justRun: RunStep = (_title, work) => work(() => undefined);

/** A step that takes long: how long by now, and what it has said of itself. */
export const inWords = (title: string, seconds: number, notes: string[]): string =>
  [`${title}: ${seconds} s so far`, ...notes].join(', ');
