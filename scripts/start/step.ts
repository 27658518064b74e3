/**
 * Runs one step of a longer work and shows it, with its title, while it runs; `note` adds what is worth knowing to it.
 * Returns what the work returns.
 */
export type RunStep = <T>(title: string, work: (note: (text: string) => void) => Promise<T>) => Promise<T>;

/** Shows nothing. */
export const justRun: RunStep = (_title, work) => work(() => undefined);
