import { appendFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitUntil } from '@ticketing/testing/wait-until';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { followFile } from '../start/follow-file.ts';
import { makeRoomForLogs } from '../start/logs.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ticketing-logs-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function start(text: string, maxBytes?: number): Promise<void> {
  await makeRoomForLogs(folder, maxBytes);
  await writeFile(join(folder, 'gateway.log'), text);
  await writeFile(join(folder, 'gateway.log.1'), `older ${text}`);
}

async function kept(): Promise<Record<string, string>> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('gateway.log'));
  return Object.fromEntries(
    await Promise.all(names.sort().map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const)),
  );
}

test('the logs of the last five starts are kept', async () => {
  for (let number = 1; number <= 7; number++) await start(`start ${number}`);
  expect(await kept()).toEqual({
    'gateway.log': 'start 7',
    '1/gateway.log': 'start 6',
    '2/gateway.log': 'start 5',
    '3/gateway.log': 'start 4',
    '4/gateway.log': 'start 3',
  });
  expect(await readFile(join(folder, '1', 'gateway.log.1'), 'utf8')).toBe('older start 6');
});

test('a start that logged nothing takes no place', async () => {
  await start('start 1');
  for (let number = 1; number <= 7; number++) await makeRoomForLogs(folder);
  expect(await kept()).toEqual({ '1/gateway.log': 'start 1' });
});

test('what is too large in all is removed, the oldest first', async () => {
  for (const text of ['a', 'b', 'c', 'd']) await start(text.repeat(100), 500);
  expect(Object.keys(await kept())).toEqual(['1/gateway.log', '2/gateway.log', 'gateway.log']);
});

test('a start that died while it made room leaves nothing in the way of the next', async () => {
  for (let number = 1; number <= 5; number++) await start(`start ${number}`);
  await rm(join(folder, '3'), { recursive: true });
  await rm(join(folder, '1'), { recursive: true });
  await start('start 6');
  await start('start 7');
  expect(Object.values(await kept())).toEqual(['start 6', 'start 5', 'start 3', 'start 7']);
});

test('a log that grows for ever stays bounded, and every line is handed over', async () => {
  const file = join(folder, 'gateway.log');
  await writeFile(file, '');
  const lines: string[] = [];
  const maxBytes = 2_000;
  const following = await followFile(file, (line) => lines.push(line), maxBytes);
  const written: string[] = [];
  for (let round = 0; round < 6; round++) {
    const more = Array.from({ length: 20 }, (_, index) => `${round}-${index} ${'x'.repeat(60)}`);
    written.push(...more);
    await appendFile(file, `${more.join('\n')}\n`);
    await waitUntil('all to be read', () => lines.length === written.length);
    await waitUntil('it to be emptied', async () => (await stat(file)).size <= maxBytes);
  }
  await following.stop();
  expect(lines).toEqual(written);
  const now = `${await readFile(`${file}.1`, 'utf8')}${await readFile(file, 'utf8')}`.trimEnd().split('\n');
  expect(now).toEqual(written.slice(-now.length));
  expect(now.join('\n').length).toBeGreaterThan(maxBytes);
});
