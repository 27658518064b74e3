import { lstat, readdir, readFile, readlink, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { DataError } from '../data-error.ts';
import { reasonOf } from '../file-fault.ts';
import type { ServerAccount } from './server-account.ts';

/**
 * Whether there is a database in the directory; false when there is nothing, or an empty directory.
 *
 * @throws {DataError} when there is something else, which is not to be replaced: it may be someone's data.
 */
export async function holdsDatabase(dataDir: string, account: ServerAccount, major: number): Promise<boolean> {
  const found = await lstat(dataDir).catch(unlessMissing);
  if (!found) return false;
  const target = await stat(dataDir).catch(unlessMissing);
  if (!target) {
    throw new DataError(`${dataDir} is a symbolic link to ${await readlink(dataDir)}, which does not exist.`);
  }
  if (!target.isDirectory()) throw new DataError(`${dataDir} is not a folder, so it cannot be the database's.`);
  const owner = account.uid ?? process.getuid?.();
  const isOthers = owner !== undefined && target.uid !== owner;
  // Root sees into it in any case.
  const names = await readdir(dataDir).catch((cause: unknown) => {
    throw isOthers ? ofAnother(dataDir, target.uid, account, cause) : unreadable(dataDir, cause);
  });
  if (names.length === 0) return false;
  if (!names.includes('PG_VERSION')) {
    throw new DataError(
      `${dataDir} is not empty, but it has no PG_VERSION: it is not a database, or a damaged one, and is not replaced.`,
    );
  }
  if (isOthers) throw ofAnother(dataDir, target.uid, account);
  const version = await versionOf(dataDir);
  if (version === String(major)) return true;
  throw new DataError(
    /^\d+(\.\d+)?$/.test(version)
      ? `${dataDir} is a database of Postgres ${version}, and this is Postgres ${major}, which cannot read it: ` +
          `dump it with Postgres ${version} (pg_dump), and restore the dump into a new database.`
      : `${join(dataDir, 'PG_VERSION')} does not hold a version of Postgres: the database is damaged.`,
  );
}

async function versionOf(dataDir: string): Promise<string> {
  const file = join(dataDir, 'PG_VERSION');
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw unreadable(file, cause);
  });
  return text.trim();
}

function ofAnother(dataDir: string, uid: number, account: ServerAccount, cause?: unknown): DataError {
  const mine = account.uid === undefined ? userInfo().username : 'postgres, as which Postgres runs for root';
  return new DataError(
    `${dataDir} belongs to another user (uid ${uid}), not to ${mine}: start it as that user, or give the folder and ` +
      'all in it to the right one with chown -R.',
    { cause },
  );
}

const unreadable = (path: string, cause: unknown): DataError =>
  new DataError(`${path} cannot be read: ${reasonOf(cause)}.`, { cause });

function unlessMissing(error: unknown): undefined {
  const { code, path = '' } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return undefined;
  throw unreadable(path, error);
}
