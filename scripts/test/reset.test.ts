import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ROOT } from '../run/repository.ts';
import { contentsOf } from '../start/data-folder/contents.ts';
import { dataPaths, GATHERED, KEPT, REMOVED } from '../start/data-folder/names.ts';
import { recoverRemoval, removeAll, requireAllRemovable } from '../start/data-folder/removal.ts';
import { requireResettable, reset } from '../start/data-folder/reset.ts';
import { asOrdinaryUser } from './ordinary-user.ts';

let home: string;
let dataDir: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'ticketing-reset-'));
  dataDir = join(home, 'data');
  await mkdir(dataDir);
});
afterEach(() => rm(home, { recursive: true, force: true }));

/** A file in each place of ours, with what may lie beside it. */
const OURS = [
  'postgres/PG_VERSION',
  'postgres/base/1/112',
  'postgres/pg_wal/000000010000000000000001',
  'postgres.password',
  'postgres.unfinished/password',
  'kafka/log/payment.succeeded-0/00000000000000000000.log',
  'kafka/log.unfinished/meta.properties',
  'kafka/broker.1.log',
  'redis/appendonly.aof',
  'redis/appendonlydir/appendonly.aof.manifest',
  'local-stripe.json',
  'local-stripe.json.new',
  'mail/01a21e8a@tickets.example.eml',
  'mail/.0e2f6a3c-8f6e-4a57-9e0c-2f7f1c1f7a10.tmp',
  'logs/gateway.log',
  'secrets.json',
  'secrets.json.4711',
];

async function put(...files: string[]): Promise<void> {
  for (const file of files) {
    await mkdir(dirname(join(dataDir, file)), { recursive: true });
    await writeFile(join(dataDir, file), file);
  }
}

/** Every file below the folder. */
async function files(): Promise<string[]> {
  const entries = await readdir(dataDir, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(dataDir.length + 1))
    .toSorted();
}

const { signal } = new AbortController();
const resetAll = () => reset({ dataDir, isConfirmed: true, servers: [], signal });

test('all that is ours goes, whatever is half-written; who has the folder, and what other commands made, stays', async () => {
  const staying = ['prove/seed-1/history.jsonl', 'running.json', 'running.json.4711'];
  await put(...OURS, ...staying);
  expect(await resetAll()).toBe(true);
  expect(await files()).toEqual(staying);
});

test('every name that is kept has an example here', () => {
  const tops = new Set(OURS.map((file) => file.split('/')[0]));
  expect(Object.values(KEPT).filter(({ name }) => !tops.has(name))).toEqual([]);
});

test.each([
  'photo.jpg',
  '.keep',
  'backup/postgres.dump',
  'secrets.json.bak',
  'secrets.json~',
  'postgres.old/PG_VERSION',
  'postgresql/data',
  'logs.tar.gz',
  'postgres/backup.dump',
  'kafka/notes.txt',
  'redis/notes.txt',
  'mail/Inbox/1',
  'mail/notes.txt',
  'logs/syslog',
  'logs/photos/1.jpg',
])('a folder with a foreign %s is left as it is, and that is named', async (foreign) => {
  await put(...OURS, foreign);
  const before = await files();
  const [top = '', second] = foreign.split('/');
  const isOfOurs = (await contentsOf(dataDir)).ours.some(({ name }) => name === top);
  const named = isOfOurs ? join(top, second ?? '') : top;
  await expect(resetAll()).rejects.toThrow(`since not all in it is npm start's: ${named}. Move that elsewhere`);
  expect(await files()).toEqual(before);
});

test.each(['mail', 'logs', 'postgres'])('a file that only has the name of our folder %s is foreign', async (name) => {
  await put(name);
  await expect(resetAll()).rejects.toThrow(`is npm start's: ${name}.`);
  await rm(join(dataDir, name));
  await mkdir(join(dataDir, 'secrets.json'));
  await expect(resetAll()).rejects.toThrow(`is npm start's: secrets.json.`);
});

test('folders that are for other things are refused, though nothing foreign is in them', async () => {
  for (const folder of ['/', homedir(), ROOT, dirname(ROOT)]) {
    await expect(requireResettable(folder)).rejects.toThrow(`--reset removes nothing from ${folder}`);
  }
  await symlink(dataDir, join(home, 'link'));
  await expect(requireResettable(join(home, 'link'))).rejects.toThrow(`is one, to ${dataDir}: set DATA_DIR`);
  await expect(requireResettable(join(home, 'not-there'))).resolves.toBeUndefined();
});

test('a link goes, and what it leads to stays', async () => {
  await mkdir(join(home, 'elsewhere'));
  await writeFile(join(home, 'elsewhere', 'holiday.eml'), '');
  await symlink(join(home, 'elsewhere'), join(dataDir, 'mail'));
  await resetAll();
  expect(await readdir(dataDir)).toEqual([]);
  expect(await readdir(join(home, 'elsewhere'))).toEqual(['holiday.eml']);
});

test('where one of it cannot be removed, all of it stays', async () => {
  for (const key of Object.values(KEPT).filter(({ kind }) => kind === 'folder')) {
    await put(...OURS);
    const closed = join(dataDir, key.name);
    await chmod(closed, 0o500);
    const before = await files();
    await asOrdinaryUser([home], () => expect(resetAll()).rejects.toThrow(`${closed} cannot be removed: the user `));
    expect(await files()).toEqual(before);
    await chmod(closed, 0o700);
  }
});

test('where one of it cannot be moved, what was moved before it is put back', async () => {
  await put(...OURS);
  const before = await files();
  const names = (await contentsOf(dataDir)).ours.map(({ name }) => name);
  await requireAllRemovable(dataDir, names);
  await expect(removeAll(dataDir, [...names, 'gone-meanwhile'])).rejects.toThrow(
    `${join(dataDir, 'gone-meanwhile')} cannot be removed: it does not exist. Nothing was removed.`,
  );
  expect(await files()).toEqual(before);
});

test('a reset that was killed before all was gathered is undone by the next start', async () => {
  await put(...OURS);
  const before = await files();
  const { postgres } = dataPaths(dataDir);
  await mkdir(join(dataDir, GATHERED));
  await rename(postgres, join(dataDir, GATHERED, 'postgres'));
  await recoverRemoval(dataDir);
  expect(await files()).toEqual(before);
  expect(await readdir(dataDir)).not.toContain(GATHERED);
});

test('a reset that was killed after that is finished by the next start', async () => {
  await put('secrets.json', 'removed.4711/postgres/PG_VERSION');
  expect(REMOVED).toBe('removed');
  await recoverRemoval(dataDir);
  expect(await files()).toEqual(['secrets.json']);
  expect(await readFile(join(dataDir, 'secrets.json'), 'utf8')).toBe('secrets.json');
});
