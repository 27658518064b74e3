import { listEffects, retryParked, type ListedEffect } from '@ticketing/order-core/outbox-admin';
import { commonVariables, ConfigError, readConfig } from '@ticketing/service-kit/config';
import { openPool } from '@ticketing/service-kit/postgres';
import type pg from 'pg';
import { z } from 'zod';
import { json, messageOf, shortened, table } from '../terminal-text.ts';
import { HELP, readArguments, UsageError, type JobsArguments } from './arguments.ts';

export interface JobsOptions {
  env: NodeJS.ProcessEnv;
  out: (text: string) => void;
  err: (text: string) => void;
}

const EXIT = { done: 0, failed: 1, nothingMatched: 2, usage: 64, config: 78 };

const Environment = z.object({ DATABASE_URL: commonVariables(0).DATABASE_URL });

/** `pnpm jobs …`; returns the exit status. */
export async function runJobs(args: string[], { env, out, err }: JobsOptions): Promise<number> {
  try {
    const parsed = readArguments(args);
    if (parsed === 'help') {
      out(HELP);
      return EXIT.done;
    }
    const { DATABASE_URL: url } = readConfig(Environment, env);
    const pool = openPool({ url, schema: 'orders', size: 1, applicationName: 'jobs' });
    try {
      return await run(parsed, pool, { env, out, err });
    } finally {
      await pool.end();
    }
  } catch (error) {
    err(messageOf(error));
    if (error instanceof UsageError) return EXIT.usage;
    return error instanceof ConfigError ? EXIT.config : EXIT.failed;
  }
}

async function run(args: JobsArguments, pool: pg.Pool, { out, err }: JobsOptions): Promise<number> {
  if (args.command === 'list') {
    const jobs = await listEffects(pool, args.filter, args.limit + 1);
    const shown = jobs.slice(0, args.limit);
    if (args.isJson) out(json(shown));
    else if (shown.length > 0) out(jobTable(shown));
    if (shown.length === 0) err(`There is no ${whichOf(args.filter.states)} job that matches.`);
    if (jobs.length > shown.length) err(`There are more: see --limit.`);
    return shown.length > 0 ? EXIT.done : EXIT.nothingMatched;
  }
  const ids = await retryParked(pool, args.filter);
  const missing = (args.filter.ids ?? []).filter((id) => !ids.includes(id));
  if (args.isJson) out(json({ retried: ids }));
  else for (const id of ids) out(`${id} is due now`);
  for (const id of missing) err(`There is no parked job ${id}.`);
  if (ids.length === 0 && missing.length === 0) err('There is no parked job that matches.');
  else if (!args.isJson && ids.length > 0)
    out(`${ids.length} due now; see what becomes of them: pnpm jobs list --state all`);
  return ids.length === 0 || missing.length > 0 ? EXIT.nothingMatched : EXIT.done;
}

function whichOf(states: string[]): string {
  return states.length === 1 ? (states[0] ?? '') : '';
}

const COLUMNS = ['ID', 'STATE', 'KIND', 'ORDER', 'ATTEMPTS', 'CREATED', 'NEXT', 'LAST ERROR'];

function jobTable(jobs: ListedEffect[]): string {
  return table(
    COLUMNS,
    jobs.map(({ id, state, key, orderId, attempts, createdAt, runAt, lastError }) => [
      id,
      state,
      key.slice(0, key.indexOf(`:${orderId}`)),
      orderId,
      String(attempts),
      createdAt.toISOString(),
      state === 'waiting' ? runAt.toISOString() : '-',
      shortened(lastError ?? '-'),
    ]),
  );
}
