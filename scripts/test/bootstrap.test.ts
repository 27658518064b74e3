import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { readEnvironment } from '../env.ts';
import { inRoot } from '../run/repository.ts';

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
