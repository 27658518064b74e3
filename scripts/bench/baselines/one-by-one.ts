import { glob } from 'node:fs/promises';
import type { Figure } from '../row.ts';
import { inRoot } from '../../run/repository.ts';
import { findProgram } from '../find-program.ts';
import { inOwnProcess } from '../load.ts';
import type { Workbench } from '../workbench.ts';
import { runPgbench } from './pgbench.ts';
import type { Extent, Transaction } from './transactions.ts';

/** Clients, each with one transaction at a time. */
export const CLIENTS = 16;

export interface OneByOne {
  /** Who runs the transactions. */
  by: string;
  run: (url: string, transaction: Transaction, extent: Extent) => Promise<Figure>;
}

/** Runs a transaction over and over on sixteen connections: by pgbench where it is installed, else by a small Node program. */
export async function oneByOne({ env, signal, folder }: Workbench): Promise<OneByOne> {
  const pgbench = await findPgbench(env.PATH);
  if (pgbench === undefined) {
    const program = inRoot('scripts/bench/baselines/pg-clients.ts');
    return {
      by: 'a Node program (pgbench is not installed here)',
      run: async (url, transaction, extent) =>
        (await inOwnProcess(program, { url, clients: CLIENTS, transaction, extent }, signal)) as Figure,
    };
  }
  return {
    by: 'pgbench',
    run: (url, transaction, extent) =>
      runPgbench({ url, clients: CLIENTS, transaction, extent }, { pgbench, signal, folder }),
  };
}

/** On the PATH, or where Debian keeps it. */
async function findPgbench(path?: string): Promise<string | undefined> {
  const besides: string[] = [];
  for await (const folder of glob('/usr/lib/postgresql/*/bin')) besides.push(folder);
  return findProgram('pgbench', path, besides);
}
