import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readEnvironment } from '../env.ts';
import { inRoot } from '../run/repository.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ticketing-bootstrap-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Runs a program through `runToItsEnd`, as the bootstrap does, from a process that can be signalled. */
function runner(program: string) {
  const url = pathToFileURL(inRoot('scripts/bootstrap/run.mjs')).href;
  const code = `
    import { runToItsEnd } from ${JSON.stringify(url)};
    process.exitCode = await runToItsEnd(process.execPath, ['-e', ${JSON.stringify(program)}], { env: process.env });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  return { child, status: once(child, 'close').then(([code]) => code as number | null) };
}

test('the status of what it runs becomes its own', async () => {
  expect(await runner('process.exit(7)').status).toBe(7);
  expect(await runner('process.kill(process.pid, "SIGKILL")').status).toBe(128 + 9);
});

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s is passed on, and it waits for the end', async (signal) => {
  const { child, status } = runner(`
    process.on('${signal}', () => setImmediate(() => process.exit(3)));
    setInterval(() => undefined, 1_000);
    console.log('running');`);
  await once(child.stdout, 'data');
  child.kill(signal);
  expect(await status).toBe(3);
});

test('when npm is killed, what it ran ends too', async () => {
  const url = pathToFileURL(inRoot('scripts/bootstrap/run.mjs')).href;
  const program =
    "process.on('SIGTERM', () => { console.log('told'); process.exit(); }); console.log('running'); setInterval(() => {}, 1_000)";
  const code = `
    import { runToItsEnd } from ${JSON.stringify(url)};
    await runToItsEnd(process.execPath, ['-e', ${JSON.stringify(program)}], { env: process.env });`;
  const npm = spawn('sh', ['-c', '"$0" --input-type=module -e "$1" & wait', process.execPath, code], {
    env: { ...readEnvironment().all, npm_lifecycle_event: 'start' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const output = text(npm.stdout);
  await once(npm.stdout, 'readable');
  npm.kill('SIGKILL');
  expect(await output).toBe('running\ntold\n');
});

test.each<[string[], string]>([
  [[], 'Say what to do: start, test, '],
  [['../start'], 'There is no command ../start.'],
  // A file of scripts/ that is no command.
  [['env'], 'There is no command env.'],
  [['--what'], 'There is no option --what.'],
  [['install', 'foo'], 'Unexpected argument: foo'],
  [['exec'], 'exec needs the name of a program.'],
])('%j is refused', async (args, message) => {
  const child = spawn(process.execPath, [inRoot('scripts/bootstrap.mjs'), ...args], { stdio: 'pipe' });
  const [err] = await Promise.all([text(child.stderr), once(child, 'close')]);
  expect(err).toContain(message);
  expect(err).toMatch(/\nFor help: node scripts\/bootstrap.mjs --help\n$/);
  expect(child.exitCode).toBe(64);
});

/** A pnpm that only says which one it is. */
async function installPnpm(version: string): Promise<string> {
  const file = join(folder, version, 'pnpm', 'bin', 'pnpm');
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, '#!/bin/sh\n');
  await chmod(file, 0o755);
  await writeFile(join(folder, version, 'pnpm', 'package.json'), JSON.stringify({ name: 'pnpm', version }));
  return dirname(file);
}

/** An npx that brings that pnpm, and counts how often it was asked. */
async function installNpx(pnpm: string): Promise<string> {
  const file = join(folder, 'npx', 'npx');
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `#!/bin/sh\necho "npm warn something"\necho "${pnpm}:$PATH"\necho asked >> ${folder}/asked\n`);
  await chmod(file, 0o755);
  return dirname(file);
}

async function toolchainPath(path: string[]): Promise<string[]> {
  const url = pathToFileURL(inRoot('scripts/bootstrap/toolchain.mjs')).href;
  const code = `
    import { provideToolchain } from ${JSON.stringify(url)};
    console.log((await provideToolchain(${JSON.stringify(folder)})).PATH);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    env: { ...readEnvironment().all, PATH: [...path, '/usr/bin', '/bin'].join(':') },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return (await text(child.stdout)).trim().split(':');
}

test('a pnpm of the right major version is used as it is', async () => {
  const pnpm = await installPnpm('10.1.0');
  expect(await toolchainPath([pnpm])).toContain(pnpm);
});

test('without one, or with another major version, npx brings it, once', async () => {
  const [wrong, right] = await Promise.all([installPnpm('12.0.0'), installPnpm('10.34.9')]);
  const npx = await installNpx(right);
  expect((await toolchainPath([wrong, npx]))[0]).toBe(right);
  expect((await toolchainPath([wrong, npx]))[0]).toBe(right);
  expect(await text(spawn('wc', ['-l', join(folder, 'asked')]).stdout)).toMatch(/^1 /);
  await rm(right, { recursive: true });
  // What was found earlier is gone, and this npx has nothing else.
  expect((await toolchainPath([wrong, npx]))[0]).not.toBe(right);
});
