import { lstat, readlink, realpath } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import { dirname, relative } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { systemDataDirectory } from '@ticketing/testing/embedded-postgres/data-directory';
import { ROOT } from '../../run/repository.ts';
import { stopLeftovers } from '../leftovers.ts';
import { contentsOf } from './contents.ts';
import { dataPaths, KEPT } from './names.ts';
import { removeAll, requireAllRemovable } from './removal.ts';

/** The folder is not one that `--reset` empties; nothing was removed. */
export class ResetRefusedError extends Error {
  override name = 'ResetRefusedError';
}

/** Why `--reset` cannot be done without `--yes` here: nobody can be asked. */
export const NOBODY_TO_ASK =
  '--reset deletes data, and there is no terminal to ask at: say --yes as well (npm start -- --reset --yes).';

/** Whether someone can be asked. */
export const canAsk = (): boolean => process.stdin.isTTY && process.stdout.isTTY;

/**
 * Checks that a folder holds nothing but what is removed by `--reset`, and is no folder that has other purposes.
 * @throws {ResetRefusedError} naming what is not ours
 */
export async function requireResettable(dataDir: string): Promise<void> {
  const stats = await lstat(dataDir).catch(() => undefined);
  if (!stats) return;
  if (stats.isSymbolicLink()) {
    throw new ResetRefusedError(
      `--reset removes nothing through a symbolic link, and ${dataDir} is one, to ${await readlink(dataDir)}: set ` +
        'DATA_DIR to the folder itself.',
    );
  }
  const real = await realpath(dataDir);
  for (const other of [homedir(), userInfo().homedir, ROOT]) {
    const path = await realpath(other).catch(() => undefined);
    if (path && isSameOrAbove(real, path)) {
      throw new ResetRefusedError(
        `--reset removes nothing from ${dataDir}, which is no folder for data alone: set DATA_DIR to one that is.`,
      );
    }
  }
  const { foreign } = await contentsOf(dataDir);
  if (foreign.length === 0) return;
  throw new ResetRefusedError(
    `--reset removes nothing from ${dataDir}, since not all in it is npm start's: ${someOf(foreign, dataDir)}. Move that ` +
      'elsewhere, or set DATA_DIR to another folder.',
  );
}

export interface ResetOptions {
  /** Claimed by this process. */
  dataDir: string;
  /** Not asked any more. */
  isConfirmed: boolean;
  /** Servers that someone else runs, by their variables: nothing of theirs is removed, and that is said. */
  servers: string[];
  signal: AbortSignal;
}

/**
 * Removes all data, if whoever is at the terminal agrees. Returns false if they do not.
 * @throws {ResetRefusedError} {RemovalError} when nothing was removed
 */
export async function reset({ dataDir, isConfirmed, servers, signal }: ResetOptions): Promise<boolean> {
  await requireResettable(dataDir);
  const { ours } = await contentsOf(dataDir);
  for (const variable of servers) console.log(`--reset does not touch the server at ${variable}.`);
  const elsewhere = systemDataDirectory(dataPaths(dataDir).postgres);
  const isElsewhere = await isThere(elsewhere);
  const things = new Set([...(isElsewhere ? [KEPT.postgres.what] : []), ...ours.map(({ what }) => what)]);
  if (things.size === 0) return true;
  const names = ours.map(({ name }) => name);
  await requireAllRemovable(dataDir, names);
  if (!isConfirmed && !(await isAgreed([...things], dataDir, signal))) return false;
  await stopLeftovers(dataDir);
  console.log(`Removing from ${dataDir}: ${[...names, ...(isElsewhere ? [elsewhere] : [])].join(', ')}`);
  await removeAll(dataDir, names);
  return true;
}

async function isAgreed(things: string[], dataDir: string, signal: AbortSignal): Promise<boolean> {
  // Not a terminal's own line editing: Ctrl-C has to reach this process as a signal.
  const lines = createInterface({ input: process.stdin, output: process.stdout, terminal: false });
  const closed = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
  try {
    const question = lines.question(`Delete ${inSeries(things)} in ${dataDir}? [y/N] `, { signal });
    return /^\s*y(es)?\s*$/i.test(await Promise.race([question, closed]));
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    lines.close();
  }
}

function inSeries(things: string[]): string {
  const last = things.at(-1) ?? '';
  return things.length < 2 ? last : `${things.slice(0, -1).join(', ')} and ${last}`;
}

/** So many are named. */
const NAMED = 5;

function someOf(paths: string[], dataDir: string): string {
  const names = paths.slice(0, NAMED).map((path) => relative(dataDir, path));
  return paths.length > NAMED ? `${names.join(', ')} and ${paths.length - NAMED} more` : names.join(', ');
}

function isSameOrAbove(path: string, other: string): boolean {
  return path === other || (dirname(other) !== other && isSameOrAbove(path, dirname(other)));
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
