import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { startEmbeddedPostgres } from '../src/embedded-postgres.ts';
import { temporaryHome } from '../src/temporary-home.ts';
import { waitUntil } from '../src/wait-until.ts';
import { ask } from './ask.ts';

async function folder(): Promise<string> {
  const path = await mkdtemp(join(await temporaryHome(), 'embedded-postgres-test-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  // The server runs as another user when the tests run as root.
  await chmod(path, 0o755);
  return path;
}

/** Whether the process runs; one that ended but was not collected by its parent does not. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

/** A server owned by a process that can be killed. */
async function ownedElsewhere(dataDir: string, persistent: boolean) {
  const script = fileURLToPath(new URL('postgres-owner.ts', import.meta.url));
  const owner = fork(script, [dataDir, persistent ? 'persistent' : 'temporary']);
  onTestFinished(() => void owner.kill('SIGKILL'));
  const { url, pid } = await new Promise<{ url: string; pid: number }>((resolve) =>
    owner.once('message', (message) => resolve(message as { url: string; pid: number })),
  );
  return { owner, url, pid };
}

test('data and password stay when a persistent server is stopped and started, whatever its pid file says', async () => {
  const home = await folder();
  const dataDir = join(home, 'postgres');
  const log: string[] = [];
  const first = await startEmbeddedPostgres({ dataDir, persistent: true, onLog: (line) => log.push(line) });
  onTestFinished(() => first.stop());
  expect(await ask(first.url, 'show max_connections')).toEqual([{ max_connections: '200' }]);
  expect(await ask(first.url, 'show fsync')).toEqual([{ fsync: 'on' }]);
  await ask(first.url, 'create table kept as select 42 as answer');
  await first.stop();
  await first.stop();
  expect(isRunning(first.pid)).toBe(false);
  expect(log.join('\n')).toContain('database system is shut down');
  expect((await stat(`${dataDir}.password`)).mode & 0o777).toBe(0o600);

  // After a crash the file may name a process that has nothing to do with it: this one, say. It must live on.
  const pidFile = `${process.pid}\n${dataDir}\n${Math.floor(Date.now() / 1000)}\n5432\n\n127.0.0.1\n\nready\n`;
  await writeFile(join(dataDir, 'postmaster.pid'), pidFile);
  const second = await startEmbeddedPostgres({ dataDir, persistent: true, port: first.port });
  onTestFinished(() => second.stop());
  expect(second.url).toBe(first.url);
  expect(await ask(second.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
});

test('a temporary server is out of reach of Ctrl-C and leaves nothing behind', async () => {
  const home = await folder();
  const server = await startEmbeddedPostgres({ dataDir: join(home, 'postgres'), persistent: false });
  onTestFinished(() => server.stop());
  // Signal 0 to a negative pid asks whether there is a process group of that number: the server leads its own.
  expect(process.kill(-server.pid, 0)).toBe(true);
  await server.stop();
  await server.exited;
  expect(await readdir(home)).toEqual([]);
});

test('a temporary server and its data go when the process that owns it is killed', async () => {
  const home = await folder();
  const { owner, pid } = await ownedElsewhere(join(home, 'postgres'), false);
  owner.kill('SIGKILL');
  await waitUntil('the server to end', () => !isRunning(pid));
  await waitUntil('its data to go', async () => (await readdir(home)).length === 0);
});

test('a server left over on the directory is stopped, and the data is there', async () => {
  const dataDir = join(await folder(), 'postgres');
  const { url, pid } = await ownedElsewhere(dataDir, true);
  await ask(url, 'create table kept as select 42 as answer');
  const server = await startEmbeddedPostgres({ dataDir, persistent: true });
  onTestFinished(() => server.stop());
  expect(isRunning(pid)).toBe(false);
  expect(await ask(server.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
});

test('a port that is taken is told, with what the server said, and nothing is left', async () => {
  const home = await folder();
  const other = createServer();
  onTestFinished(() => void other.close());
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;
  const start = startEmbeddedPostgres({ dataDir: join(home, 'postgres'), persistent: false, port });
  await expect(start).rejects.toThrow('Address already in use');
  expect(await readdir(home)).toEqual([]);
});
