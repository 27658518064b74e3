import { execFile } from 'node:child_process';
import { chmod, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cached } from '../local-server/cache.ts';
import { hasMaven, unpackFromJar } from '../local-server/maven.ts';

const run = promisify(execFile);

/** Brings Redis 6.2 for Linux and macOS inside its jar. */
const REDIS = { group: 'com.github.codemonstur', name: 'embedded-redis', version: '1.4.3' };

/** What BullMQ asks for. */
const OLDEST = [6, 2] as const;

const WAY_OUT =
  'On Debian or Ubuntu: apt-get install redis-server (or maven, to fetch one). ' +
  'Or set REDIS_URL (for tests: TEST_REDIS_URL) to a Redis of your own.';

/** Node's names of processors, and those in the jar's file names. */
const PROCESSORS: Partial<Record<NodeJS.Architecture, string>> = { x64: 'amd64', arm64: 'arm64' };

/**
 * The `redis-server` on PATH if it is new enough, else one from the user's cache, fetched through Maven the first time.
 *
 * @throws one sentence that says what is missing, and how to get it.
 */
export async function findRedis(onStep: (what: string) => void = () => undefined): Promise<string> {
  if (await isNewEnough('redis-server')) return 'redis-server';
  const processor = PROCESSORS[process.arch];
  if (processor === undefined || !['linux', 'darwin'].includes(process.platform)) {
    throw new Error(`There is no Redis ${OLDEST.join('.')} or newer on PATH. ${WAY_OUT}`);
  }
  const folder = await cached(`redis-${REDIS.version}`, async (half) => {
    if (!(await hasMaven())) throw new Error(`There is no Redis ${OLDEST.join('.')} or newer on PATH. ${WAY_OUT}`);
    onStep('Fetching Redis with Maven (12 MB, once)');
    await unpackFromJar(REDIS, `redis-server-*${process.platform}-${processor}`, half);
    for (const name of await readdir(half)) await chmod(join(half, name), 0o755);
  });
  const [name] = await readdir(folder);
  const binary = join(folder, name ?? 'redis-server');
  if (!(await isNewEnough(binary))) throw new Error(`The Redis in ${folder} does not run here. ${WAY_OUT}`);
  return binary;
}

async function isNewEnough(command: string): Promise<boolean> {
  const [major, minor] = (await versionOf(command)) ?? [0, 0];
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}

/** Major and minor version of a `redis-server`; undefined when it does not run. */
export async function versionOf(command: string): Promise<[major: number, minor: number] | undefined> {
  const output = await run(command, ['--version']).then(
    ({ stdout }) => stdout,
    () => '',
  );
  const [, major, minor] = /v=(\d+)\.(\d+)/.exec(output) ?? [];
  return major === undefined ? undefined : [Number(major), Number(minor)];
}
