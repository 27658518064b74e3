import { execFile } from 'node:child_process';
import {
  chmod,
  chown,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { DataError } from '../src/data-error.ts';
import { startEmbeddedPostgres } from '../src/embedded-postgres.ts';
import { systemDataDirectory } from '../src/embedded-postgres/data-directory.ts';
import { prepareFolder } from '../src/local-kafka/program.ts';
import { findRedis, versionOf } from '../src/local-redis/binary.ts';
import { startLocalRedis } from '../src/local-redis.ts';
import { temporaryHome } from '../src/temporary-home.ts';
import { folder } from './local-server-setup.ts';
import { ask } from './ask.ts';

/** A database with something in it, stopped; copied for each case. */
let original: string;

beforeAll(async () => {
  original = await mkdtemp(join(await temporaryHome(), 'existing-data-test-'));
  await chmod(original, 0o755);
  const server = await startEmbeddedPostgres({ dataDir: join(original, 'postgres'), persistent: true });
  await ask(server.url, 'create table kept as select 42 as answer');
  await server.stop();
});
afterAll(() => rm(original, { recursive: true, force: true }));

/** A copy of the database in a folder of its own. */
async function copied(): Promise<{ home: string; dataDir: string }> {
  const home = await folder();
  await chmod(home, 0o755);
  await promisify(execFile)('cp', ['-Rp', `${original}/.`, home]);
  return { home, dataDir: join(home, 'postgres') };
}

/** Every path below a folder, with its size and the time of its last change. */
async function everything(path: string): Promise<string[]> {
  const names = await readdir(path, { recursive: true });
  const lines = names.map(async (name) => {
    const { size, mtimeMs } = await lstat(join(path, name));
    return `${name} ${size} ${mtimeMs}`;
  });
  return (await Promise.all(lines)).toSorted();
}

const other = (version: string) => (dataDir: string) => writeFile(join(dataDir, 'PG_VERSION'), version);

const damages: [what: string, damage: (dataDir: string) => Promise<unknown>, said: RegExp][] = [
  ['PG_VERSION is missing', (dir) => rm(join(dir, 'PG_VERSION')), /is not empty, but it has no PG_VERSION/],
  ['an older major version', other('17\n'), /a database of Postgres 17, and this is Postgres 18.*pg_dump/],
  ['a very old version', other('9.6\n'), /a database of Postgres 9\.6, and this is Postgres 18/],
  ['a newer major version', other('19\n'), /a database of Postgres 19, and this is Postgres 18/],
  ['PG_VERSION is empty', other(''), /PG_VERSION does not hold a version/],
  ['PG_VERSION is something else', other('\0\0\0'), /PG_VERSION does not hold a version/],
  [
    'PG_VERSION is a folder',
    async (dir) => {
      await rm(join(dir, 'PG_VERSION'));
      await mkdir(join(dir, 'PG_VERSION'));
    },
    /PG_VERSION cannot be read/,
  ],
  [
    'one foreign file alone',
    async (dir) => {
      for (const name of await readdir(dir)) await rm(join(dir, name), { recursive: true });
      await writeFile(join(dir, '.keep'), '');
    },
    /is not empty, but it has no PG_VERSION/,
  ],
  [
    'a file',
    async (dir) => {
      await rename(dir, `${dir}.moved`);
      await writeFile(dir, 'notes');
    },
    /is not a folder/,
  ],
  [
    'a link to nowhere',
    async (dir) => {
      await rename(dir, `${dir}.moved`);
      await symlink('/mnt/not-mounted/postgres', dir);
    },
    /is a symbolic link to \/mnt\/not-mounted\/postgres, which does not exist/,
  ],
  [
    'its password is missing',
    (dir) => rm(`${dir}.password`),
    /with the password of the database in .*, is missing or empty/,
  ],
];
// What only root can make.
if (process.getuid?.() === 0) {
  damages.push(["another user's", (dir) => chown(dir, 4_242, 4_242), /belongs to another user \(uid 4242\), not to/]);
}

test.each(damages)('nothing is replaced where a database should be: %s', async (_what, damage, said) => {
  const { home, dataDir } = await copied();
  await damage(dataDir);
  const before = await everything(home);
  const refusal = startEmbeddedPostgres({ dataDir, persistent: true });
  await expect(refusal).rejects.toBeInstanceOf(DataError);
  await expect(refusal).rejects.toThrow(said);
  // A temporary one removes its folder when it stops: not this one.
  await expect(startEmbeddedPostgres({ dataDir, persistent: false })).rejects.toBeInstanceOf(DataError);
  expect(await everything(home)).toEqual(before);
});

test('a start that was killed in the midst of making the database is made good by the next', async () => {
  const home = await folder();
  await chmod(home, 0o755);
  const dataDir = join(home, 'postgres');
  await mkdir(join(`${dataDir}.unfinished`, 'data', 'base'), { recursive: true });
  await writeFile(join(`${dataDir}.unfinished`, 'password'), 'of the killed one');
  // An empty folder, too, may be waiting: a volume that was just mounted, say.
  await mkdir(dataDir);
  const server = await startEmbeddedPostgres({ dataDir, persistent: true });
  onTestFinished(() => server.stop());
  expect(await ask(server.url, 'select 42 as answer')).toEqual([{ answer: 42 }]);
  expect((await readdir(home)).toSorted()).toEqual(['postgres', 'postgres.password']);
});

test('a database that was moved away can come back after another one was made in its place', async () => {
  const { dataDir } = await copied();
  await rename(dataDir, `${dataDir}.away`);
  await (await startEmbeddedPostgres({ dataDir, persistent: true })).stop();
  await rm(dataDir, { recursive: true });
  await rename(`${dataDir}.away`, dataDir);
  const server = await startEmbeddedPostgres({ dataDir, persistent: true });
  onTestFinished(() => server.stop());
  expect(await ask(server.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
});

test.runIf(process.getuid?.() === 0)('a database under /var/lib outlives the link that led to it', async () => {
  const home = await folder();
  const dataDir = join(home, 'closed', 'postgres');
  await mkdir(join(home, 'closed'), { mode: 0o700 });
  const real = systemDataDirectory(dataDir);
  onTestFinished(() => rm(real, { recursive: true, force: true }));
  const server = await startEmbeddedPostgres({ dataDir, persistent: true });
  await ask(server.url, 'create table kept as select 42 as answer');
  await server.stop();
  await rm(dataDir);
  await expect(startEmbeddedPostgres({ dataDir, persistent: true })).rejects.toThrow(`\`ln -s ${real} ${dataDir}\``);
  await symlink(real, dataDir);
  const again = await startEmbeddedPostgres({ dataDir, persistent: true });
  onTestFinished(() => again.stop());
  expect(await ask(again.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
});

test('topics of a broker are never replaced; a folder that was left half-made is', async () => {
  const home = await folder();
  const formatted = join(home, 'formatted');
  await mkdir(formatted);
  await writeFile(join(formatted, 'meta.properties'), 'cluster.id=A\ndirectory.id=B\n');
  const dataDir = join(home, 'kafka');
  await mkdir(join(dataDir, 'log.unfinished'), { recursive: true });
  await mkdir(join(dataDir, 'log'));
  const prepare = () => prepareFolder({ dataDir, formatted, port: 1, controllerPort: 2 });
  await prepare();
  expect((await readdir(dataDir)).toSorted()).toEqual(['log', 'log4j2.xml', 'server.properties']);
  const ids = await readFile(join(dataDir, 'log', 'meta.properties'), 'utf8');
  expect(ids).not.toContain('cluster.id=A');
  await prepare();
  expect(await readFile(join(dataDir, 'log', 'meta.properties'), 'utf8')).toBe(ids);

  await rename(join(dataDir, 'log', 'meta.properties'), join(dataDir, 'log', '00000000000000000000.log'));
  const before = await everything(dataDir);
  await expect(prepare()).rejects.toThrow(/meta\.properties is missing, but the folder is not empty/);
  expect(await everything(dataDir)).toEqual(before);
  await rm(join(dataDir, 'log'), { recursive: true });
  await writeFile(join(dataDir, 'log'), '');
  await expect(prepare()).rejects.toThrow(/where Kafka keeps its topics, cannot be read/);
});

test('what a Redis would not find again is told, and stays', { timeout: 60_000 }, async () => {
  const dataDir = join(await folder(), 'redis');
  await mkdir(join(dataDir, 'appendonlydir'), { recursive: true });
  await writeFile(join(dataDir, 'appendonlydir', 'appendonly.aof.1.incr.aof'), '*1\r\n$4\r\nPING\r\n');
  const before = await everything(dataDir);
  const [major = 0] = (await versionOf(await findRedis())) ?? [];
  await expect(startLocalRedis({ dataDir, persistent: true })).rejects.toThrow(
    major < 7 ? /written by Redis 7 or newer, and this is Redis/ : /manifest is missing, but the folder is not empty/,
  );
  expect(await everything(dataDir)).toEqual(before);
  await rm(dataDir, { recursive: true });
  await writeFile(dataDir, '');
  await expect(startLocalRedis({ dataDir, persistent: true })).rejects.toThrow(/is not a folder, and cannot be made/);
});
