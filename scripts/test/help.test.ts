import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROWS } from '../bench/rows.ts';
import { helpOf } from '../bootstrap/help.mjs';
import { readEnvironment } from '../env.ts';
import { ROWS_IN_WORDS } from '../help/bench.mjs';
import { inRoot } from '../run/repository.ts';

const run = promisify(execFile);
const { all: env } = readEnvironment();

const manifest = JSON.parse(await readFile(inRoot('package.json'), 'utf8')) as { scripts: Record<string, string> };
const commands = Object.values(manifest.scripts).flatMap((script) => {
  const command = /^exec node scripts\/bootstrap\.mjs ([\w-]+)$/.exec(script)?.[1];
  return command === undefined ? [] : [command];
});

/** What git has, and nothing else: no node_modules, nothing built. */
let clone: string;

beforeAll(async () => {
  clone = await mkdtemp(join(tmpdir(), 'ticketing-clone-'));
  const { stdout } = await run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: inRoot(),
    maxBuffer: 10 * 1024 ** 2,
  });
  const files = stdout.split('\0').filter((file) => file !== '' && existsSync(inRoot(file)));
  await Promise.all(files.map((file) => cp(inRoot(file), join(clone, file))));
});
afterAll(() => rm(clone, { recursive: true, force: true }));

/** With nothing on PATH that could get anything. */
async function helpInClone(...args: string[]): Promise<string> {
  const options = { cwd: clone, env: { PATH: '/nowhere', HOME: clone } };
  const { stdout } = await run(process.execPath, ['scripts/bootstrap.mjs', ...args], options);
  return stdout;
}

test('every command of package.json is tried', () => {
  expect(commands.length).toBeGreaterThan(10);
});

describe.each(commands)('%s', (command) => {
  test('in a fresh clone, prints its help without installing anything', async () => {
    const [help, short] = await Promise.all([helpInClone(command, '--help'), helpInClone(command, 'list', '-h')]);
    expect(help.length).toBeGreaterThan(100);
    expect(short).toBe(help);
    expect(existsSync(join(clone, 'node_modules'))).toBe(false);
  });

  test('prints the same by itself', async () => {
    const [inClone, own] = await Promise.all([
      helpInClone(command, '--help'),
      run(process.execPath, [inRoot('scripts', `${command}.ts`), '--help'], { env }),
    ]);
    expect(own.stdout).toBe(inClone);
  });
});

test('what comes after -- is not for the command', async () => {
  expect(await helpOf('test', ['--', '--help'])).toBeUndefined();
  expect(await helpOf('test', ['--help', '--'])).toMatch(/^Runs every test/);
});

test('the help of bench lists all rows, in their order', () => {
  expect(Object.entries(ROWS_IN_WORDS)).toEqual(ROWS.map(({ name, what }) => [name, what]));
});
