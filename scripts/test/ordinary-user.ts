import { lchown, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Nobody's, on every system. */
const NOBODY = 65_534;

/**
 * Does something with no more rights than an ordinary user has, where tests run as root, too. Folders that it needs are
 * given to that user first, with all in them.
 */
export async function asOrdinaryUser<Result>(folders: string[], work: () => Promise<Result>): Promise<Result> {
  if (process.getuid?.() !== 0) return work();
  for (const folder of folders) {
    for (const path of ['', ...(await readdir(folder, { recursive: true }))]) {
      await lchown(join(folder, path), NOBODY, NOBODY);
    }
  }
  process.seteuid?.(NOBODY);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}
