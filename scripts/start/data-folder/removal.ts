import { mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { systemDataDirectory } from '@ticketing/testing/embedded-postgres/data-directory';
import { reasonOf } from './file-fault.ts';
import { belongsTo, dataPaths, GATHERED, REMOVED } from './names.ts';
import { notRemoved, RemovalError, requireRemovable } from './removable.ts';

/**
 * Removes names from a data folder. Either all of them go or none: whether each can be removed is looked at first, and
 * all are gathered in one folder before the first is removed.
 *
 * @throws {RemovalError} when nothing was removed; or, should the disk fail, not all of it
 */
export async function removeAll(dataDir: string, names: string[]): Promise<void> {
  for (const name of names) await requireRemovable(join(dataDir, name));
  // Where the database is for root working in a closed home, with a link in the data folder.
  const elsewhere = systemDataDirectory(dataPaths(dataDir).postgres);
  await requireRemovable(elsewhere);
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
    await rm(elsewhere, { recursive: true, force: true });
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
  const { postgres } = dataPaths(dataDir);
  if (!names.includes('postgres')) await rm(systemDataDirectory(postgres), { recursive: true, force: true });
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
