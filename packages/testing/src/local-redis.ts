import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findRedis } from './local-redis/binary.ts';
import { requireReadable } from './local-redis/existing-data.ts';
import { freePorts } from './local-server/free-ports.ts';
import { startLocalServer, type LocalServer, type LocalServerOptions } from './local-server/local-server.ts';

export interface LocalRedisOptions extends LocalServerOptions {
  /** Lines of redis.conf (https://redis.io/docs/latest/operate/oss_and_stack/management/config/), over the defaults. */
  settings?: Record<string, string | number>;
}

export interface LocalRedis extends LocalServer {
  url: string;
}

const START_TIMEOUT_MS = 20_000;

/**
 * Starts a real Redis on a loopback port and waits until it answers (100 ms). A persistent one writes every change to its
 * append-only file, on the disk within a second; one that is not writes nothing. Nothing is ever evicted unless `settings`
 * say so. See `startLocalServer` for how it ends.
 *
 * @throws one sentence that says what is missing and how to get it, or the server's last words; {DataError} when the
 *   folder has data that this Redis would not find.
 */
export async function startLocalRedis(options: LocalRedisOptions): Promise<LocalRedis> {
  const command = await findRedis(options.onStep);
  const server = await startLocalServer(options, async (dataDir, wanted) => {
    await requireReadable(dataDir, command);
    const [port = 0] = wanted === undefined ? await freePorts(1) : [wanted];
    const file = join(dataDir, 'redis.conf');
    await writeFile(file, redisConf({ ...defaults(options.persistent), ...options.settings, port, dir: dataDir }));
    const isReady = (line: string) => line.includes('Ready to accept connections');
    const { onLog } = options;
    return {
      ...{ name: 'Redis', command, args: [file], dataDir, isReady, startTimeoutMs: START_TIMEOUT_MS, onLog },
      port,
    };
  });
  // Not a spread: `pid` and `exited` change when the server is started again.
  return Object.assign(server, { url: `redis://127.0.0.1:${server.port}` });
}

function defaults(persistent: boolean): Record<string, string | number> {
  return {
    bind: '127.0.0.1',
    // Keeps the folder among the process' arguments, by which a leftover server is told.
    'set-proc-title': 'no',
    save: '',
    appendonly: persistent ? 'yes' : 'no',
    'maxmemory-policy': 'noeviction',
  };
}

function redisConf(settings: Record<string, string | number>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} "${String(value)}"\n`)
    .join('');
}
