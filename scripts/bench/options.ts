import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
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

export type Reading = { kind: 'options'; options: Options } | { kind: 'help' } | { kind: 'refused'; why: string };

const BOUNDS = { rounds: [1, 50], seconds: [1, 120], patience: [0, 600] } as const;

/** What the arguments ask for. */
export function readOptions(args: string[]): Reading {
  const parsed = parse(args);
  if (typeof parsed === 'string') return { kind: 'refused', why: parsed };
  const { values, positionals } = parsed;
  if (values.help) return { kind: 'help' };
  const names = [...positionals, ...values.only.flatMap((list) => list.split(','))].map((name) => name.trim());
  const unknown = names.filter((name) => !ROWS.some((row) => row.name === name));
  if (unknown.length > 0) return { kind: 'refused', why: `There is no row ${unknown.join(', ')}.` };
  for (const [name, [min, max]] of Object.entries(BOUNDS) as [keyof typeof BOUNDS, [number, number]][]) {
    if (isBetween(values[name], min, max)) continue;
    return { kind: 'refused', why: `--${name} is a whole number from ${min} to ${max}.` };
  }
  const options = {
    rows: ROWS.filter(({ name }) => names.length === 0 || names.includes(name)),
    rounds: Number(values.rounds),
    seconds: Number(values.seconds),
    patienceSeconds: Number(values.patience),
    isJson: values.json,
    profiles: values.profile === undefined ? undefined : resolve(values.profile),
  };
  return { kind: 'options', options };
}

function parse(args: string[]) {
  try {
    return parseArgs({
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
  } catch (error) {
    return (error as Error).message;
  }
}

/** Digits alone: `Number` would take an empty word for zero. */
function isBetween(text: string, min: number, max: number): boolean {
  return /^\d+$/.test(text) && Number(text) >= min && Number(text) <= max;
}
