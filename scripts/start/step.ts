/**
 * Runs one step of a longer work and shows it, with its title, while it runs; `note` adds what is worth knowing to it.
 * Returns what the work returns.
 */
export type RunStep = <T>(title: string, work: (note: (text: string) => void) => Promise<T>) => Promise<T>;

/** A step that takes longer than this has to say what it waits for, */
export const PATIENCE_MS = 5_000;
/** and again after each of these. */
const REPEAT_MS = 15_000;

/** Calls back with the seconds that have passed, once it takes long, and then again and again. Returns what ends that. */
export function whileItTakesLong(callback: (seconds: number) => void, repeatMs = REPEAT_MS): () => void {
  const started = performance.now();
  const tell = () => {
    callback(Math.round((performance.now() - started) / 1_000));
    timer = setTimeout(tell, repeatMs);
    timer.unref();
  };
  let timer = setTimeout(tell, PATIENCE_MS);
  timer.unref();
  return () => clearTimeout(timer);
}

/** Says a step only if it takes long: what it is, and what it has said of itself. */
export function sayLongSteps(say: (line: string) => void): RunStep {
  return async (title, work) => {
    const notes: string[] = [];
    const end = whileItTakesLong((seconds) => say([`${title}: ${seconds} s so far`, ...notes].join(', ')));
    try {
      return await work((text) => notes.push(text));
    } finally {
      end();
    }
  };
}

/** Shows nothing. */
export const justRun: RunStep = (_title, work) => work(() => undefined);
