import { mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { systemDataDirectory } from '@ticketing/testing/embedded-postgres/data-directory';
import { reasonOf } from '@ticketing/testing/file-fault';
import { belongsTo, dataPaths, GATHERED, KEPT, REMOVED } from './names.ts';
import { notRemoved, RemovalError, requireRemovable } from './removable.ts';

/** Where the database is for root working in a closed home, with a link to it in the data folder. */
const elsewhere = (dataDir: string): string => systemDataDirectory(dataPaths(dataDir).postgres);

/**
 * Looks, without changing anything, whether all of it can be removed.
 * @throws {RemovalError} naming what cannot
 */
export async function requireAllRemovable(dataDir: string, names: string[]): Promise<void> {
  for (const path of [...names.map((name) => join(dataDir, name)), elsewhere(dataDir)]) await requireRemovable(path);
}

/**
 * Removes names from a data folder. Either all of them go or none: all are gathered in one folder before the first is
 * removed, and put back should that fail.
 *
 * @throws {RemovalError} when nothing was removed; or, should the disk fail, not all of it
 */
export async function removeAll(dataDir: string, names: string[]): Promise<void> {
  const gathered = join(dataDir, GATHERED);
  await mkdir(gathered);
  for (const name of names) {
    await rename(join(dataDir, name), join(gathered, name)).catch(async (error: unknown) => {
      await putBack(dataDir);
      throw notRemoved(error, join(dataDir, name));
    });
  }
  const removed = join(dataDir, `${REMOVED}.${process.pid}`);
  await rename(gathered, removed);
  try {
    await rm(elsewhere(dataDir), { recursive: true, force: true });
    await rm(removed, { recursive: true, force: true });
  } catch (error) {
    throw new RemovalError(
      `${(error as NodeJS.ErrnoException).path ?? removed} could not be removed: ${reasonOf(error)}. All of the data is in ` +
        `${removed} now: remove that yourself. The next start begins anew.`,
      { cause: error },
    );
  }
}

/** Undoes a removal that was killed before all was gathered, and finishes one that was killed after that. */
export async function recoverRemoval(dataDir: string): Promise<void> {
  const names = await readdir(dataDir);
  if (names.includes(GATHERED)) await putBack(dataDir);
  const removed = names.filter((name) => belongsTo(name, REMOVED));
  if (removed.length === 0) return;
  if (!names.includes(KEPT.postgres.name)) await rm(elsewhere(dataDir), { recursive: true, force: true });
  for (const name of removed) {
    await rm(join(dataDir, name), { recursive: true, force: true }).catch((error: unknown) => {
      console.error(`${join(dataDir, name)}, removed by --reset, still takes up space: ${reasonOf(error)}.`);
    });
  }
}

async function putBack(dataDir: string): Promise<void> {
  const gathered = join(dataDir, GATHERED);
  for (const name of await readdir(gathered)) await rename(join(gathered, name), join(dataDir, name));
  await rmdir(gathered);
}
