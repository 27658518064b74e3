import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startLocalRedis } from '../src/local-redis.ts';
import { provideRedis } from '../src/redis.ts';
import { waitUntil } from '../src/wait-until.ts';
import { environment, folder, isRunning, ownedElsewhere } from './local-server-setup.ts';

/** Generous: the first time, Redis is fetched. */
const TIMEOUT_MS = 60_000;

/** The first answer to a command given in one line (https://redis.io/docs/latest/develop/reference/protocol-spec/#inline-commands). */
async function ask(url: string, command: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  try {
    socket.write(`${command}\r\n`);
    return await new Promise<string>((resolve, reject) => {
      socket.once('data', (chunk) => resolve(String(chunk)));
      socket.once('error', reject);
    });
  } finally {
    socket.destroy();
  }
}

test(
  'a persistent Redis keeps its data over crashes and restarts, and its settings',
  { timeout: TIMEOUT_MS },
  async () => {
    const dataDir = join(await folder(), 'redis');
    const settings = { maxmemory: '64mb', appendfsync: 'always' };
    const redis = await startLocalRedis({ dataDir, persistent: true, settings });
    onTestFinished(() => redis.stop());
    expect(process.kill(-redis.pid, 0)).toBe(true);
    expect(await ask(redis.url, 'config get maxmemory')).toContain(`${64 * 1024 ** 2}`);
    expect(await ask(redis.url, 'config get maxmemory-policy')).toContain('noeviction');
    expect(await ask(redis.url, 'set kept 42')).toBe('+OK\r\n');
    await redis.crash();
    await redis.restart();
    expect(await ask(redis.url, 'get kept')).toContain('42');
    await redis.stop();
    await redis.stop();
    const again = await startLocalRedis({ dataDir, persistent: true });
    onTestFinished(() => again.stop());
    expect(await ask(again.url, 'get kept')).toContain('42');
  },
);

test('a temporary Redis writes nothing but its settings, and leaves nothing', { timeout: TIMEOUT_MS }, async () => {
  const home = await folder();
  const redis = await startLocalRedis({ dataDir: join(home, 'redis'), persistent: false });
  await ask(redis.url, 'set some thing');
  expect((await readdir(join(home, 'redis'))).toSorted()).toEqual(['redis.conf', 'server.pid']);
  await redis.stop();
  await redis.exited;
  expect(await readdir(home)).toEqual([]);
});

test('a temporary Redis goes with the process that owns it', { timeout: TIMEOUT_MS }, async () => {
  const home = await folder();
  const { owner, pid } = await ownedElsewhere('redis', join(home, 'redis'), 'temporary');
  owner.kill('SIGKILL');
  await waitUntil('the server to end', () => !isRunning(pid));
  await waitUntil('its data to go', async () => (await readdir(home)).length === 0);
});

test('a Redis left over on the folder is stopped before another is started', { timeout: TIMEOUT_MS }, async () => {
  const dataDir = join(await folder(), 'redis');
  const { pid } = await ownedElsewhere('redis', dataDir, 'persistent');
  const redis = await startLocalRedis({ dataDir, persistent: true });
  onTestFinished(() => redis.stop());
  expect(isRunning(pid)).toBe(false);
});

test('a setting that Redis does not know is told with its own words', { timeout: TIMEOUT_MS }, async () => {
  const home = await folder();
  const start = startLocalRedis({ dataDir: join(home, 'redis'), persistent: false, settings: { nonsense: 1 } });
  await expect(start).rejects.toThrow(/Redis did not start.*nonsense/s);
  expect(await readdir(home)).toEqual([]);
});

test('a Redis that was asked for and does not answer is an error with the way out', async () => {
  environment({ TEST_REDIS_URL: 'redis://127.0.0.1:1' });
  await expect(provideRedis()).rejects.toThrow('TEST_REDIS_URL does not answer; unset it');
});

test('without Redis and Maven, one sentence says what is missing and how to get it', async () => {
  const home = await folder();
  environment({ PATH: '/nowhere', XDG_CACHE_HOME: home });
  await expect(startLocalRedis({ dataDir: join(home, 'redis'), persistent: false })).rejects.toThrow(
    /^There is no Redis 6\.2 or newer on PATH\. .*apt-get install redis-server.*REDIS_URL/,
  );
});
