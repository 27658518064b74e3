import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { inWords } from '../start/data-folder/fault.ts';
import { claim, readRunning } from '../start/running.ts';
import { asOrdinaryUser } from './ordinary-user.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ticketing-running-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('what a killed start left behind is taken over', async () => {
  await writeFile(join(folder, 'running.json'), JSON.stringify({ pid: 2 ** 30 }));
  const ours = await claim(folder);
  await ours.release();
  await writeFile(join(folder, 'running.json'), '{"pid":');
  await (await claim(folder)).release();
});

test('a process that only happens to have the number is no other start', async () => {
  await writeFile(join(folder, 'running.json'), JSON.stringify({ pid: 1 }));
  expect(await readRunning(folder)).toBeUndefined();
});

test('a folder in use is refused with the process that uses it', async () => {
  const other = spawn('sh', ['-c', 'read line', 'start.ts'], { stdio: ['pipe', 'ignore', 'ignore'] });
  await writeFile(join(folder, 'running.json'), JSON.stringify({ pid: other.pid }));
  await expect(claim(folder)).rejects.toThrow(`Another npm start (process ${other.pid}) is running on ${folder}.`);
  other.stdin.end();
});

test('what is announced can be read while it runs', async () => {
  await writeFile(join(folder, 'running.json'), '');
  const other = spawn('sh', ['-c', 'read line', 'start.ts'], { stdio: ['pipe', 'ignore', 'ignore'] });
  const stack = {
    url: 'http://localhost:3000',
    stripeUrl: 'http://127.0.0.1:12111',
    databaseUrl: 'postgresql://127.0.0.1/postgres',
  };
  await writeFile(join(folder, 'running.json'), JSON.stringify({ pid: other.pid, stack }));
  expect(await readRunning(folder)).toEqual({ pid: other.pid, stack });
  other.stdin.end();
});

test('a folder that was made for nothing is gone again; one that was there, or is used, stays', async () => {
  await mkdir(join(folder, 'there'));
  await (await claim(join(folder, 'there'))).release();
  await (await claim(join(folder, 'new', 'deep'))).release();
  expect(await readdir(folder)).toEqual(['there']);
  const ours = await claim(join(folder, 'new', 'deep'));
  await writeFile(join(folder, 'new', 'deep', 'secrets.json'), '');
  await ours.release();
  expect(await readdir(join(folder, 'new', 'deep'))).toEqual(['secrets.json']);
});

test('what cannot be a data folder is told in words', async () => {
  const file = join(folder, 'file');
  await writeFile(file, '');
  await symlink('/nowhere/at/all', join(folder, 'link'));
  for (const [path, reason] of [
    [file, 'it is a file or a broken link'],
    [join(file, 'below'), 'it is, or is below, a file'],
    [join(folder, 'link'), 'it is a file or a broken link'],
    ['/proc/nothing-can-be-made-here', 'it does not exist'],
  ] as const) {
    const error: unknown = await claim(path).catch((cause: unknown) => cause);
    expect(inWords(error, path)).toMatch(`${path} cannot be used: ${reason}`);
  }
  const closed = join(folder, 'closed');
  await mkdir(closed, { mode: 0o500 });
  const error: unknown = await asOrdinaryUser([folder], () => claim(closed).catch((cause: unknown) => cause));
  expect(inWords(error, closed)).toMatch(/running\.json cannot be used: the user \S+ has no permission\. Set DATA_DIR/);
  expect(await readdir(closed)).toEqual([]);
});

test('a disk that is full is told as that, whoever found it full', () => {
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  for (const error of [full, new Error('initdb failed (1): could not write: No space left on device')]) {
    expect(inWords(error, '/data')).toBe(
      'There is no space left on the disk of /data: make some, or set DATA_DIR to a folder on another disk.',
    );
  }
  expect(inWords(new Error('something else'), '/data')).toBeUndefined();
});
