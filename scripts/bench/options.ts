import { resolve } from 'node:path';
import { parseCommandLine, wholeNumber } from '@ticketing/service-kit/command-arguments';
import { UsageError } from '@ticketing/service-kit/command-line';
import type { Row } from './row.ts';
import { ROWS } from './rows.ts';

const NAME_WIDTH = Math.max(...ROWS.map(({ name }) => name.length));

export const HELP = `Measures how fast the services are, side by side with the plain way of doing the same.

  pnpm bench                      every row; about twenty minutes; writes docs/benchmarks.md
  pnpm bench settle webhook       some rows; --only settle,webhook says the same
  pnpm bench --rounds 5           rounds of each side (3); they take turns
  pnpm bench --seconds 10         length of a round (4)
  pnpm bench --patience 60        seconds that a round waits for the machine to be quiet (10)
  pnpm bench --json               figures as JSON on stdout; progress goes to stderr
  pnpm bench --profile <folder>   leaves a CPU profile of every measured process there; figures are lower

Rows:
${ROWS.map(({ name, what }) => `  ${name.padEnd(NAME_WIDTH)}  ${what}`).join('\n')}

Starts its own Postgres (durable), Kafka and Redis on this machine and removes all of it. Where pgbench is installed it runs
the baselines of holding and settling; where wrk is installed it measures read-event and read-list, which autocannon measures
elsewhere. The notes below the table say which did. Exit status 0, whether the targets are reached or not; 1 if a row could not be
measured, which the others do not suffer from.`;

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
