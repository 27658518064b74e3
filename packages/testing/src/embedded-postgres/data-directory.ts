import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chown, lstat, mkdir, readdir, readFile, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { DataError } from '../data-error.ts';
import { reasonOf } from '../file-fault.ts';
import { SYSTEM_HOME, type Binaries } from './binaries.ts';
import { holdsDatabase } from './existing-data.ts';
import { canEnter, type ServerAccount } from './server-account.ts';
import type { Watchdog } from './watchdog.ts';

export interface Place {
  /** Where the data really is. */
  dataDir: string;
  passwordFile: string;
  /** All paths that belong to it, to be removed together. */
  everything: string[];
}

/**
 * Decides where the data goes: where it was asked for, or, when the server's account cannot get there (root working
 * in its own closed home), under /var/lib with a link in the place asked for.
 *
 * @throws {DataError} when that would hide or replace something that is in either place.
 */
export async function placeDataDirectory(wanted: string, account: ServerAccount): Promise<Place> {
  const link = resolve(wanted);
  const passwordFile = `${link}.password`;
  await mkdir(dirname(link), { recursive: true });
  if (account.uid === undefined || (await canEnter(dirname(link), account))) {
    return { dataDir: link, passwordFile, everything: [link, passwordFile, unfinished(link)] };
  }
  const dataDir = systemDataDirectory(link);
  if ((await readlink(link).catch(() => undefined)) !== dataDir) await placeLink(link, dataDir);
  return { dataDir, passwordFile, everything: [dataDir, link, passwordFile, unfinished(dataDir)] };
}

/** Where the data of a directory is whose place the server's account cannot reach. */
export function systemDataDirectory(wanted: string): string {
  return join(SYSTEM_HOME, `data-${createHash('sha256').update(resolve(wanted)).digest('hex').slice(0, 16)}`);
}

async function placeLink(link: string, dataDir: string): Promise<void> {
  if (await exists(link)) {
    throw new DataError(
      `${link} is in a folder that the user postgres, as which Postgres runs for root, cannot enter: start it as the ` +
        'user who made it, or where that user can enter.',
    );
  }
  // Kept by a start in this same place, whose folder is gone since.
  if ((await readdir(dataDir).catch(() => [])).length > 0) {
    throw new DataError(
      `${dataDir} holds the database that ${link} led to, but that link is gone: to use the database, put the link ` +
        `back with \`ln -s ${dataDir} ${link}\`.`,
    );
  }
  await mkdir(SYSTEM_HOME, { recursive: true, mode: 0o755 });
  await symlink(dataDir, link);
}

/**
 * Makes the data directory unless it is there, and returns its superuser's password: the one kept beside it (mode 0600),
 * or, if there is none yet, the one given. What is in the place already is never replaced.
 *
 * @throws {DataError} when there is something that is no database of this Postgres.
 */
export async function initialise(options: {
  place: Place;
  account: ServerAccount;
  binaries: Binaries;
  watchdog: Watchdog;
  password: string;
  /** Whether to wait until the new files are on the disk. */
  sync: boolean;
}): Promise<string> {
  const { place, binaries, account } = options;
  // Made under another name, so that what a killed run left half-made is known as that, and may go.
  const half = unfinished(place.dataDir);
  await rm(half, { recursive: true, force: true });
  const kept = await keptPassword(place);
  if (await holdsDatabase(place.dataDir, account, binaries.major)) {
    if (kept !== undefined) return kept;
    throw new DataError(
      `${place.passwordFile}, with the password of the database in ${place.dataDir}, is missing or empty.`,
    );
  }
  // A database that was moved away may come back, and has this password then.
  const password = kept ?? options.password;
  try {
    await mkdir(half, { mode: 0o700 });
    const passwordInput = `${half}/password`;
    await writeFile(passwordInput, password, { mode: 0o600 });
    for (const path of [half, passwordInput]) await give(path, account);
    const flags = [`--pgdata=${half}/data`, `--pwfile=${passwordInput}`, ...(options.sync ? [] : ['--no-sync'])];
    await initdb(binaries.initdb, flags, account, options.watchdog);
    await writeFile(place.passwordFile, password, { mode: 0o600 });
    // Takes the place of an empty directory only: of any other, the system refuses it.
    await rename(`${half}/data`, place.dataDir);
  } finally {
    await rm(half, { recursive: true, force: true });
  }
  return password;
}

export async function removeDataDirectory(place: Place): Promise<void> {
  for (const path of place.everything) await rm(path, { recursive: true, force: true });
}

const unfinished = (dataDir: string) => `${dataDir}.unfinished`;

async function keptPassword({ passwordFile }: Place): Promise<string | undefined> {
  try {
    return (await readFile(passwordFile, 'utf8')).trim() || undefined;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new DataError(`${passwordFile}, with the database's password, cannot be read: ${reasonOf(cause)}.`, {
      cause,
    });
  }
}

/** The builtin locale sorts by code point and folds the case of all of Unicode, the same on every system. */
const initdbFlags = [
  '--username=postgres',
  '--auth=scram-sha-256',
  '--encoding=UTF8',
  '--locale=C',
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
];

async function initdb(program: string, flags: string[], account: ServerAccount, watchdog: Watchdog): Promise<void> {
  const child = spawn(program, [...initdbFlags, ...flags], {
    ...account,
    cwd: '/',
    detached: true,
    env: { PATH: process.env.PATH, TZ: 'UTC', LC_ALL: 'C' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  watchdog.guard(child.pid);
  let complaints = '';
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
  const code = await new Promise<number | null>((done, fail) => child.once('error', fail).once('close', done));
  watchdog.guard(undefined);
  if (code !== 0) throw new Error(`initdb failed (${String(code)}): ${complaints.trim()}`);
}

async function give(path: string, { uid, gid }: ServerAccount): Promise<void> {
  if (uid !== undefined && gid !== undefined) await chown(path, uid, gid);
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
