import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';

/**
 * A folder of the user's cache (`$XDG_CACHE_HOME/ticketing/<name>`, https://specifications.freedesktop.org/basedir/),
 * filled by `make` when it is not there yet. It appears under its name only when it is complete, so two processes may do
 * this at once, and one that is killed half-way leaves nothing that looks finished.
 */
export async function cached(name: string, make: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'ticketing', name);
  if (await exists(folder)) return folder;
  await mkdir(dirname(folder), { recursive: true });
  await removeForgotten(folder);
  const half = await mkdtemp(`${folder}${HALF}`);
  try {
    await make(half);
    await rename(half, folder).catch(async (error: unknown) => {
      // Another process was faster.
      if (!(await exists(folder))) throw error;
    });
  } finally {
    await rm(half, { recursive: true, force: true });
  }
  return folder;
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

const HALF = '.unfinished-';
const FORGOTTEN_AFTER_MS = 60 * 60_000;

async function removeForgotten(folder: string): Promise<void> {
  for (const name of await readdir(dirname(folder))) {
    if (!name.startsWith(`${basename(folder)}${HALF}`)) continue;
    const path = join(dirname(folder), name);
    const age = Date.now() - (await stat(path).then(({ mtimeMs }) => mtimeMs, Date.now));
    if (age > FORGOTTEN_AFTER_MS) await rm(path, { recursive: true, force: true });
  }
}
