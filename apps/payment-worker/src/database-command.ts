import { commonVariables, ConfigError, readConfig } from '@ticketing/service-kit/config';
import { openPool } from '@ticketing/service-kit/postgres';
import type pg from 'pg';
import { z } from 'zod';
import { messageOf } from './terminal-text.ts';

/** Where a command reads and writes. */
export interface CommandOptions {
  env: NodeJS.ProcessEnv;
  out: (text: string) => void;
  err: (text: string) => void;
}

export type Output = Omit<CommandOptions, 'env'>;

export const EXIT = { done: 0, failed: 1, nothingMatched: 2, usage: 64, config: 78 };

/** Something the caller has to change. */
export class UsageError extends Error {}

const Environment = z.object({ DATABASE_URL: commonVariables(0).DATABASE_URL });

/** A command that needs nothing but the database. */
export interface DatabaseCommand<Arguments> {
  /** What its connection is called. */
  name: string;
  help: string;
  /** @throws {UsageError} which says what is wrong */
  readArguments: (args: string[]) => Arguments | 'help';
  /** Returns the exit status. */
  run: (args: Arguments, pool: pg.Pool, output: Output) => Promise<number>;
}

/** Runs a command on the database that `DATABASE_URL` names; returns the exit status. What goes wrong is told, not thrown. */
export async function runOnDatabase<Arguments>(
  { name, help, readArguments, run }: DatabaseCommand<Arguments>,
  args: string[],
  { env, out, err }: CommandOptions,
): Promise<number> {
  try {
    const parsed = readArguments(args);
    if (parsed === 'help') {
      out(help);
      return EXIT.done;
    }
    const { DATABASE_URL: url } = readConfig(Environment, env);
    const pool = openPool({ url, schema: 'orders', size: 1, applicationName: name });
    try {
      return await run(parsed, pool, { out, err });
    } finally {
      await pool.end();
    }
  } catch (error) {
    err(messageOf(error));
    if (error instanceof UsageError) return EXIT.usage;
    return error instanceof ConfigError ? EXIT.config : EXIT.failed;
  }
}
