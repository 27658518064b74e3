import { join } from 'node:path';
import { DataError } from '../data-error.ts';
import { namesIn } from '../local-server/data-folder.ts';
import { versionOf } from './binary.ts';

/** Since Redis 7, the append-only file is several files and a list of them, in this folder. */
const FOLDER = 'appendonlydir';
const MANIFEST = 'appendonly.aof.manifest';
const SINCE_MAJOR = 7;

/**
 * Checks that this Redis will find what an earlier one has kept in the folder: it would start empty otherwise, without
 * a word.
 *
 * @throws {DataError} when it would not.
 */
export async function requireReadable(dataDir: string, command: string): Promise<void> {
  const folder = join(dataDir, FOLDER);
  const names = await namesIn(folder, 'where Redis keeps its data');
  if (names.length === 0) return;
  const [major = 0, minor = 0] = (await versionOf(command)) ?? [];
  if (major < SINCE_MAJOR) {
    throw new DataError(
      `${folder} was written by Redis ${SINCE_MAJOR} or newer, and this is Redis ${major}.${minor}, which does not read it.`,
    );
  }
  if (!names.includes(MANIFEST)) {
    throw new DataError(
      `${join(folder, MANIFEST)} is missing, but the folder is not empty: it may hold jobs that are not done yet, and is ` +
        'not replaced.',
    );
  }
}
