import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import type { Mode } from './shop/shop.ts';
import { HELP } from '../help/prove.mjs';

export interface ProveOptions {
  mode: Mode;
  seed: string;
  seconds: number;
  buyers: number;
  /** 0: one sale. */
  minutes: number;
  withFaults: boolean;
  isJson: boolean;
  keep: boolean;
  /** Undefined: none are wanted; empty: all of them. */
  mutants: string[] | undefined;
}

const BOUNDS = { seconds: [3, 600], buyers: [1, 100_000], minutes: [0, 10_080] } as const;
const BUYERS_PER_SECOND = 30;

/** Options, or what to say instead. */
export function readOptions(args: string[]): ProveOptions | string {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      allowNegative: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        mode: { type: 'string', default: 'full' },
        seed: { type: 'string' },
        seconds: { type: 'string', default: '60' },
        minutes: { type: 'string', default: '0' },
        buyers: { type: 'string' },
        faults: { type: 'boolean', default: true },
        json: { type: 'boolean', default: false },
        keep: { type: 'boolean', default: false },
        mutants: { type: 'boolean', default: false },
      },
    });
    if (values.help) return HELP;
    const { mode, seconds, minutes } = values;
    if (mode !== 'full' && mode !== 'standalone') return '--mode is full or standalone.';
    if (positionals.length > 0 && !values.mutants) return `What is ${positionals.join(' ')}?\n\n${HELP}`;
    const buyers = values.buyers ?? String(Math.round(Number(seconds) * BUYERS_PER_SECOND));
    const counts = { seconds: Number(seconds), buyers: Number(buyers), minutes: Number(minutes) };
    for (const [name, [min, max]] of Object.entries(BOUNDS) as [keyof typeof BOUNDS, [number, number]][]) {
      const isFine = Number.isInteger(counts[name]) && counts[name] >= min && counts[name] <= max;
      if (!isFine) return `--${name} is a whole number from ${min} to ${max}.`;
    }
    return {
      ...{ mode, ...counts, seed: values.seed ?? randomBytes(4).toString('hex') },
      ...{ withFaults: values.faults, isJson: values.json, keep: values.keep },
      mutants: values.mutants ? positionals : undefined,
    };
  } catch (error) {
    return `${(error as Error).message}\n\n${HELP}`;
  }
}
