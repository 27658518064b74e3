import { resolve } from 'node:path';
import { parseCommandLine, wholeNumber } from '@ticketing/service-kit/command-arguments';
import { UsageError } from '@ticketing/service-kit/command-line';
import type { Row } from './row.ts';
import { ROWS } from './rows.ts';

export interface Options {
  rows: readonly Row[];
  rounds: number;
  seconds: number;
  patienceSeconds: number;
  isJson: boolean;
  profiles: string | undefined;
}

const BOUNDS = { rounds: [1, 50], seconds: [1, 120], patience: [0, 600] } as const;

/** What the arguments ask for. @throws {UsageError} which says what is wrong */
export function readOptions(args: string[]): Options | 'help' {
  const { values, positionals } = parseCommandLine({
    args,
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h' },
      json: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      profile: { type: 'string' },
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '4' },
      patience: { type: 'string', default: '10' },
    },
  });
  if (values.help) return 'help';
  const names = [...positionals, ...values.only.flatMap((list) => list.split(','))].map((name) => name.trim());
  const unknown = names.filter((name) => !ROWS.some((row) => row.name === name));
  if (unknown.length > 0) throw new UsageError(`There is no row ${unknown.join(', ')}.`);
  return {
    rows: ROWS.filter(({ name }) => names.length === 0 || names.includes(name)),
    rounds: wholeNumber('--rounds', values.rounds, BOUNDS.rounds),
    seconds: wholeNumber('--seconds', values.seconds, BOUNDS.seconds),
    patienceSeconds: wholeNumber('--patience', values.patience, BOUNDS.patience),
    isJson: values.json,
    profiles: values.profile === undefined ? undefined : resolve(values.profile),
  };
}
