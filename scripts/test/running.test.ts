import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { claim, readRunning } from '../start/running.ts';

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
