import { constants } from 'node:fs';
import { access, lstat, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { reasonOf } from '@ticketing/testing/file-fault';

/** The message says what could not be removed, and how to go on. */
export class RemovalError extends Error {
  override name = 'RemovalError';
}

/**
 * Looks, without changing anything, whether a file or folder can be removed with all that is in it. Nothing there is fine.
 * @throws {RemovalError} naming what cannot
 */
export async function requireRemovable(path: string, deviceAbove?: number): Promise<void> {
  const stats = await lstat(path).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw notRemoved(error, path);
  });
  if (!stats) return;
  if (stats.isFile()) await requireMutable(path);
  if (!stats.isDirectory()) return;
  const device = deviceAbove ?? (await lstat(dirname(path))).dev;
  if (stats.dev !== device) throw notRemoved(new Error('another disk is mounted there'), path);
  let names: string[];
  try {
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
    names = await readdir(path);
  } catch (error) {
    throw notRemoved(error, path);
  }
  for (const name of names) await requireRemovable(join(path, name), device);
}

/** That a file cannot be written to (EACCES) keeps nobody from removing it; that it is immutable (`chattr +i`) does. */
async function requireMutable(file: string): Promise<void> {
  await access(file, constants.W_OK).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw notRemoved(error, file);
  });
}

/** Why something that is still there as it was cannot be removed. */
export function notRemoved(cause: unknown, path: string): RemovalError {
  const message =
    `${path} cannot be removed: ${reasonOf(cause)}. Nothing was removed. Remove it yourself, as a user who may, and ` +
    'start again.';
  return new RemovalError(message, { cause });
}
