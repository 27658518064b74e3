import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { KEPT, ownerOf } from './names.ts';

export interface Contents {
  /** Names of ours, in the order in which they are to be removed. */
  ours: { name: string; what: string }[];
  /** Paths of what is someone else's. */
  foreign: string[];
}

/**
 * What is in a data folder, and in the folders of ours in it: only their first level, since what servers keep below is
 * theirs alone.
 */
export async function contentsOf(dataDir: string): Promise<Contents> {
  const ours: Contents['ours'] = [];
  const foreign: string[] = [];
  for (const name of (await namesIn(dataDir)).toSorted()) {
    const owner = ownerOf(name);
    const path = join(dataDir, name);
    if (owner === 'stays') continue;
    if (!owner) {
      foreign.push(path);
      continue;
    }
    ours.push({ name, what: owner.what });
    if (name !== owner.name) continue;
    const stats = await lstat(path);
    // A link goes, and what it leads to stays.
    if (stats.isSymbolicLink()) continue;
    if (stats.isDirectory() !== (owner.kind === 'folder')) foreign.push(path);
    else if (stats.isDirectory()) {
      // What may not be looked at may not be removed either, and that is said then.
      const others = (await namesIn(path).catch(() => [])).filter((inner) => !owner.inside?.test(inner));
      foreign.push(...others.map((inner) => join(path, inner)));
    }
  }
  const order = Object.values(KEPT).map(({ what }): string => what);
  return { ours: ours.toSorted((one, other) => order.indexOf(one.what) - order.indexOf(other.what)), foreign };
}

/** None if there is no such folder. */
async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  });
}
