import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** What was logged by this many starts is kept, the one that begins among them, */
const KEPT_STARTS = 5;
/** and of the earlier ones no more than this in all, the latest first. */
const MAX_EARLIER_BYTES = 200 * 1024 ** 2;

/**
 * Makes the folder of logs ready for a start. What the one before has logged goes into the folder `1`, what was there into
 * `2`, and so on, as far as it is kept.
 */
export async function makeRoomForLogs(folder: string, maxBytes = MAX_EARLIER_BYTES): Promise<void> {
  await mkdir(folder, { recursive: true });
  const entries = await readdir(folder, { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  // A start that logged nothing, since it failed before, is none to look back to.
  if (files.length === 0) return;
  const earlier = (age: number) => join(folder, String(age));
  await rm(earlier(KEPT_STARTS - 1), { recursive: true, force: true });
  for (let age = KEPT_STARTS - 2; age >= 1; age--) {
    if (entries.some(({ name }) => name === String(age))) await rename(earlier(age), earlier(age + 1));
  }
  await mkdir(earlier(1));
  for (const name of files) await rename(join(folder, name), join(earlier(1), name));
  let bytes = 0;
  for (let age = 1; age < KEPT_STARTS; age++) {
    bytes += await sizeOf(earlier(age));
    if (bytes > maxBytes) await rm(earlier(age), { recursive: true, force: true });
  }
}

async function sizeOf(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => []);
  const sizes = await Promise.all(names.map((name) => stat(join(folder, name)).then(({ size }) => size)));
  return sizes.reduce((sum, size) => sum + size, 0);
}
