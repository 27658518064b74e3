import { spawn } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inRoot } from '../../run/repository.ts';
import { PORT_VARIABLES, freePorts } from '../../start/ports.ts';
import { startService } from '../processes.ts';
import type { Gauge, Gauges } from '../row.ts';
import type { Workbench } from '../workbench.ts';
import { named } from '../named.ts';

/** What `npm start` says when all is there. */
const READY = 'Ctrl-C stops everything.';
const START_TIMEOUT_MS = 120_000;

/** From starting a process to its being ready. */
export const startUp: Gauges = {
  kind: 'gauges',
  ...named('start-up'),
  unit: 's',
  isTakenOnce: false,
  open: async (bench) => {
    const { urls } = await bench.database();
    const [brokers, redisUrl] = [await bench.kafka(), await bench.redis()];
    const services = [
      ['gateway', urls.gateway],
      ['events-service', urls.events],
      ['orders-service', urls.orders],
      ['payment-worker', urls.worker],
    ] as const;
    const shop = await prepareShop(bench);
    return {
      measure: async () => {
        const gauges: Gauge[] = [];
        for (const [name, url] of services) {
          const start = performance.now();
          const env = { DATABASE_URL: url, KAFKA_BROKERS: brokers, REDIS_URL: redisUrl };
          const { stop } = await startService(bench, name, env);
          gauges.push({ of: name, value: (performance.now() - start) / 1000 });
          await stop();
        }
        return [...gauges, { of: '`npm start`, a later one', value: await startOnce(bench, shop) }];
      },
      remark: () =>
        'services one by one, beside their servers; `npm start` standalone, with everything installed and built',
    };
  },
};

/** The first start makes a database and demo data; those after it are as on any other day. */
async function prepareShop(bench: Workbench): Promise<NodeJS.ProcessEnv> {
  const dataDir = await mkdtemp(join(tmpdir(), 'ticketing-bench-start-'));
  bench.onClose(() => rm(dataDir, { recursive: true, force: true }));
  // Where this runs as root, the database's account has to get through.
  await chmod(dataDir, 0o755);
  const variables = Object.values(PORT_VARIABLES);
  const ports = await freePorts(variables.length);
  const { PATH, HOME, TMPDIR } = bench.env;
  const env = {
    ...{ PATH, HOME, ...(TMPDIR !== undefined && { TMPDIR }), DATA_DIR: dataDir },
    ...Object.fromEntries(variables.map((variable, index) => [variable, String(ports[index])])),
  };
  await startOnce(bench, env);
  return env;
}

/** Seconds until the shop is open; closes it again. */
async function startOnce({ signal }: Workbench, env: NodeJS.ProcessEnv): Promise<number> {
  const start = performance.now();
  const child = spawn(process.execPath, [inRoot('scripts/bootstrap.mjs'), 'start'], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const stop = () => child.kill('SIGTERM');
  const timer = setTimeout(stop, START_TIMEOUT_MS);
  signal.addEventListener('abort', stop);
  let output = '';
  const seconds = await new Promise<number | undefined>((resolve) => {
    const read = (text: string) => {
      output += text;
      if (output.includes(READY)) resolve((performance.now() - start) / 1000);
    };
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', read);
    void ended.then(() => resolve(undefined));
  });
  stop();
  await ended;
  clearTimeout(timer);
  signal.removeEventListener('abort', stop);
  if (seconds === undefined) throw new Error(`npm start did not start: ${output.trim().split('\n').at(-1) ?? ''}`);
  return seconds;
}
