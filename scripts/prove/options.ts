import { randomBytes } from 'node:crypto';
import { oneOf, parseCommandLine, refuseFurther, wholeNumber } from '@ticketing/service-kit/command-arguments';
import { chooseMutants } from './mutants.ts';
import type { Mutant } from './mutants/mutant.ts';
import type { Mode } from './shop/shop.ts';

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
  /** Undefined: none are wanted. */
  mutants: Mutant[] | undefined;
}

const BOUNDS = { seconds: [3, 600], buyers: [1, 100_000], minutes: [0, 10_080] } as const;
const BUYERS_PER_SECOND = 30;

/** @throws {UsageError} which says what is wrong */
export function readOptions(args: string[]): ProveOptions | 'help' {
  const { values, positionals } = parseCommandLine({
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
  if (values.help) return 'help';
  if (!values.mutants) refuseFurther(positionals);
  const seconds = wholeNumber('--seconds', values.seconds, BOUNDS.seconds);
  return {
    mode: oneOf('--mode', values.mode, ['full', 'standalone']),
    seconds,
    buyers: wholeNumber('--buyers', values.buyers ?? String(seconds * BUYERS_PER_SECOND), BOUNDS.buyers),
    minutes: wholeNumber('--minutes', values.minutes, BOUNDS.minutes),
    seed: values.seed ?? randomBytes(4).toString('hex'),
    ...{ withFaults: values.faults, isJson: values.json, keep: values.keep },
    mutants: values.mutants ? chooseMutants(positionals) : undefined,
  };
}
