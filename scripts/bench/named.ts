import { ROWS_IN_WORDS } from '../help/bench.mjs';

/** Name of a row, and what it measures, as `pnpm bench --help` lists it. */
export function named(name: keyof typeof ROWS_IN_WORDS): { name: string; what: string } {
  return { name, what: ROWS_IN_WORDS[name] };
}
