import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chown, mkdir, readFile, readlink, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { SYSTEM_HOME, type Binaries } from './binaries.ts';
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
 * in its own closed home), under /var/lib with a link in the place asked for. Removing the link counts as removing
 * the data.
 */
export async function placeDataDirectory(wanted: string, account: ServerAccount): Promise<Place> {
  const link = resolve(wanted);
  const passwordFile = `${link}.password`;
  await mkdir(dirname(link), { recursive: true });
  if (account.uid === undefined || (await canEnter(dirname(link), account))) {
    return { dataDir: link, passwordFile, everything: [link, passwordFile, unfinished(link)] };
  }
  const dataDir = join(SYSTEM_HOME, `data-${createHash('sha256').update(link).digest('hex').slice(0, 16)}`);
  if ((await readlink(link).catch(() => undefined)) !== dataDir) {
    await rm(dataDir, { recursive: true, force: true });
    await mkdir(SYSTEM_HOME, { recursive: true, mode: 0o755 });
    await symlink(dataDir, link);
  }
  return { dataDir, passwordFile, everything: [dataDir, link, passwordFile, unfinished(dataDir)] };
}

/**
 * Makes the data directory unless it is there, and returns its superuser's password: the one given for a new
 * directory, the one kept beside it (mode 0600) for an old one.
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
  const { place, binaries, password, account } = options;
  if (await exists(join(place.dataDir, 'PG_VERSION'))) return keptPassword(place);
  // Made under another name, so that a run killed half-way leaves nothing that looks finished.
  const half = unfinished(place.dataDir);
  const passwordInput = `${half}/password`;
  await rm(half, { recursive: true, force: true });
  await mkdir(half, { mode: 0o700 });
  await writeFile(passwordInput, password, { mode: 0o600 });
  for (const path of [half, passwordInput]) await give(path, account);
  const flags = [`--pgdata=${half}/data`, `--pwfile=${passwordInput}`, ...(options.sync ? [] : ['--no-sync'])];
  await initdb(binaries.initdb, flags, account, options.watchdog);
  await writeFile(place.passwordFile, password, { mode: 0o600 });
  await rm(place.dataDir, { recursive: true, force: true });
  await rename(`${half}/data`, place.dataDir);
  await rm(half, { recursive: true });
  return password;
}

export async function removeDataDirectory(place: Place): Promise<void> {
  for (const path of place.everything) await rm(path, { recursive: true, force: true });
}

const unfinished = (dataDir: string) => `${dataDir}.unfinished`;

async function keptPassword({ dataDir, passwordFile }: Place): Promise<string> {
  try {
    return (await readFile(passwordFile, 'utf8')).trim();
  } catch (cause) {
    throw new Error(`${passwordFile} is missing: put it back, or remove ${dataDir} to start with an empty one.`, {
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
  return stat(path).then(
    () => true,
    () => false,
  );
}
