import { listEffects, retryParked, type ListedEffect } from '@ticketing/order-core/outbox-admin';
import type { CommandOptions, Output } from '@ticketing/service-kit/command-line';
import { EXIT } from '@ticketing/service-kit/exit-status';
import type pg from 'pg';
import { runOnDatabase } from '../database-command.ts';
import { json, shortened, table } from '@ticketing/service-kit/terminal-text';
import { readArguments, type JobsArguments } from './arguments.ts';
import { HELP } from './help.mjs';

/** `pnpm jobs …`; returns the exit status. */
export function runJobs(args: string[], options: CommandOptions): Promise<number> {
  return runOnDatabase({ name: 'pnpm jobs', applicationName: 'jobs', help: HELP, readArguments, run }, args, options);
}

async function run(args: JobsArguments, pool: pg.Pool, { out, err }: Output): Promise<number> {
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
