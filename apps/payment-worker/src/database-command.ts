import { commonVariables, readConfig } from '@ticketing/service-kit/config';
import { openPool } from '@ticketing/service-kit/postgres';
import type pg from 'pg';
import { z } from 'zod';
import { runCommand, type Command, type CommandOptions, type Output } from './command-line.ts';

const Environment = z.object({ DATABASE_URL: commonVariables(0).DATABASE_URL });

/** A command that needs nothing but the database. */
export interface DatabaseCommand<Arguments> extends Omit<Command<Arguments>, 'run'> {
  /** What its connection is called. */
  name: string;
  /** Returns the exit status. */
  run: (args: Arguments, pool: pg.Pool, output: Output) => Promise<number>;
}

/** Runs a command on the database that `DATABASE_URL` names; returns the exit status. What goes wrong is told, not thrown. */
export function runOnDatabase<Arguments>(
  { name, run, ...command }: DatabaseCommand<Arguments>,
  args: string[],
  options: CommandOptions,
): Promise<number> {
  const runWithPool = async (parsed: Arguments) => {
    const { DATABASE_URL: url } = readConfig(Environment, options.env);
    const pool = openPool({ url, schema: 'orders', size: 1, applicationName: name });
    try {
      return await run(parsed, pool, options);
    } finally {
      await pool.end();
    }
  };
  return runCommand({ ...command, run: runWithPool }, args, options);
}
