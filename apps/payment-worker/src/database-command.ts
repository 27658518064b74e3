import { readDatabaseUrl } from '@ticketing/service-kit/command-database';
import { runCommand, type Command, type CommandOptions, type Output } from '@ticketing/service-kit/command-line';
import { openPool } from '@ticketing/service-kit/postgres';
import type pg from 'pg';

/** A command that needs nothing but the database. */
export interface DatabaseCommand<Arguments> extends Omit<Command<Arguments>, 'run'> {
  /** What its connection is called. */
  applicationName: string;
  /** Returns the exit status. */
  run: (args: Arguments, pool: pg.Pool, output: Output) => Promise<number>;
}

/** Runs a command on the database that `DATABASE_URL` names; returns the exit status. What goes wrong is told, not thrown. */
export function runOnDatabase<Arguments>(
  { applicationName, run, ...command }: DatabaseCommand<Arguments>,
  args: string[],
  options: CommandOptions,
): Promise<number> {
  const runWithPool = async (parsed: Arguments) => {
    const url = readDatabaseUrl(options.env, "the worker's role");
    const pool = openPool({ url, schema: 'orders', size: 1, applicationName });
    try {
      return await run(parsed, pool, options);
    } finally {
      await pool.end();
    }
  };
  return runCommand({ ...command, run: runWithPool }, args, options);
}
