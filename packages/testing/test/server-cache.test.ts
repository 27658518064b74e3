import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cached } from '../src/local-server/cache.ts';
import { environment, folder } from './local-server-setup.ts';

test('what several make at once is there once, complete, and is not made again', async () => {
  const home = await folder();
  environment({ XDG_CACHE_HOME: home });
  let calls = 0;
  const make = async (half: string) => {
    calls++;
    await writeFile(join(half, 'file'), 'content');
  };
  const found = await Promise.all([cached('thing-1', make), cached('thing-1', make), cached('thing-1', make)]);
  expect(new Set(found)).toEqual(new Set([join(home, 'ticketing', 'thing-1')]));
  expect(await readFile(join(found[0], 'file'), 'utf8')).toBe('content');
  expect(await readdir(join(home, 'ticketing'))).toEqual(['thing-1']);
  const before = calls;
  await cached('thing-1', make);
  expect(calls).toBe(before);
});

test('what fails half-way leaves nothing that looks finished', async () => {
  const home = await folder();
  environment({ XDG_CACHE_HOME: home });
  await expect(cached('thing-2', () => Promise.reject(new Error('no network')))).rejects.toThrow('no network');
  expect(await readdir(join(home, 'ticketing'))).toEqual([]);
});
