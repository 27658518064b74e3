import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { waitUntil } from '@ticketing/testing/wait-until';
import { readEnvironment } from '../env.ts';
import { call } from '../run/http-call.ts';
import { inRoot } from '../run/repository.ts';
import { contentsOf } from '../start/data-folder/contents.ts';
import { freePorts } from '../start/ports.ts';
import { readRunning } from '../start/running.ts';
import { postgresPid, stillRunning, temporaryData, type TemporaryData } from './temporary-data.ts';

const METRICS_PORTS = ['METRICS_PORT', 'EVENTS_METRICS_PORT', 'ORDERS_METRICS_PORT'];
const PORTS = ['PORT', 'EVENTS_PORT', 'ORDERS_PORT', 'STRIPE_PORT', ...METRICS_PORTS];
const FULL_PORTS = ['WORKER_PORT', 'KAFKA_PORT', 'REDIS_PORT', 'WORKER_METRICS_PORT'];
const READY = 'Ctrl-C stops everything.';
const START_TIMEOUT_MS = 50_000;
const STOP_TIMEOUT_MS = 25_000;

let data: TemporaryData;
let env: NodeJS.ProcessEnv;
let started: Start[];

beforeEach(async () => {
  data = await temporaryData();
  started = [];
  const variables = [...PORTS, ...FULL_PORTS];
  const ports = await freePorts(variables.length);
  env = {
    ...readEnvironment().all,
    DATA_DIR: data.path,
    ...Object.fromEntries(variables.map((variable, index) => [variable, String(ports[index])])),
  };
});
afterEach(async () => {
  for (const one of started) await one.stop('SIGTERM');
  await data.remove();
});

interface Start {
  pid: number;
  output: () => string;
  ready: () => Promise<void>;
  status: Promise<number | null>;
  stop: (signal: NodeJS.Signals) => Promise<number | null>;
}

/** `npm start`, without npm. */
function start(args: string[] = [], own: NodeJS.ProcessEnv = {}): Start {
  const child = spawn(process.execPath, [inRoot('scripts/start.ts'), ...args], {
    env: { ...env, ...own },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const status = new Promise<number | null>((resolve) => child.once('close', resolve));
  let isOver = false;
  void status.then(() => (isOver = true));
  const one: Start = {
    pid: child.pid ?? 0,
    output: () => output,
    ready: async () => {
      await waitUntil('npm start', () => output.includes(READY) || isOver, { timeoutMs: START_TIMEOUT_MS });
      if (isOver) throw new Error(`It ended:\n${output}`);
    },
    status,
    stop: (signal) => {
      child.kill(signal);
      return status;
    },
  };
  started.push(one);
  return one;
}

/** The processes under one start, Postgres too. */
async function processesOf({ pid }: Start): Promise<number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return [...children.trim().split(' ').map(Number), await postgresPid(data.path)];
}

const events = async () => (await call(`http://127.0.0.1:${env.PORT}/events`)).body;

test('a running shop shares neither its data nor its ports, and kill -9 takes all of it along', async () => {
  const first = start();
  await first.ready();
  const pids = await processesOf(first);
  expect(pids.length).toBeGreaterThanOrEqual(5);

  const ports = Object.fromEntries(PORTS.map((variable, index) => [variable, String(50_000 + index)]));
  const onSameData = start(['--reset', '--yes'], ports);
  expect(await onSameData.status).toBe(1);
  expect(onSameData.output()).toContain(`Another npm start (process ${first.pid}) is running`);
  expect((await readRunning(data.path))?.pid).toBe(first.pid);

  const onSamePorts = start([], { DATA_DIR: join(data.path, 'other') });
  expect(await onSamePorts.status).toBe(78);
  for (const variable of PORTS) {
    expect(onSamePorts.output()).toContain(`Port ${env[variable]} is in use: set another one with ${variable}=`);
  }
  expect(onSamePorts.output()).not.toContain('Postgres');

  await first.stop('SIGKILL');
  await waitUntil('all processes to end', () => stillRunning(pids).length === 0, { timeoutMs: STOP_TIMEOUT_MS });
});

/** A command, in another terminal. */
async function command(name: string, ...args: string[]) {
  const child = spawn(process.execPath, [inRoot('scripts', `${name}.ts`), ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close');
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  return { status: child.exitCode, out, err };
}

test('commands find what runs; where organizers need approval, the demo one has it', async () => {
  const first = start([], { ORGANIZER_REGISTRATION: 'approval' });
  await first.ready();
  const migrated = await command('migrate', 'status', '--json');
  expect(migrated).toMatchObject({ status: 0, err: '' });
  expect(JSON.parse(migrated.out)).toEqual(expect.arrayContaining([expect.objectContaining({ state: 'applied' })]));
  expect(await command('migrate')).toMatchObject({ status: 0, out: expect.stringContaining('0 applied') as string });
  const listed = await command('admin', 'list', '--json');
  expect(JSON.parse(listed.out)).toEqual([
    expect.objectContaining({ email: 'organizer@example.com', role: 'organizer', requestedAt: null }),
  ]);
  expect(await command('admin', 'list', '--waiting')).toMatchObject({ status: 2, err: 'Nobody waits for approval.\n' });
  expect(await command('jobs', 'list')).toMatchObject({ status: 2, err: 'There is no parked job that matches.\n' });
});

test('the data is there at the next start; a service that crashes is reported, and ends it all', async () => {
  const first = start();
  await first.ready();
  const before = await events();
  const pids = await processesOf(first);
  expect(await first.stop('SIGTERM')).toBe(0);
  expect(stillRunning(pids)).toEqual([]);

  const second = start();
  await second.ready();
  expect(await events()).toEqual(before);
  const secondPids = await processesOf(second);
  const commands = await Promise.all(secondPids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8')));
  process.kill(secondPids[commands.findIndex((command) => command.includes('orders-service'))] ?? 0, 'SIGKILL');
  expect(await second.status).toBe(1);
  expect(second.output()).toMatch(/orders-service ended by itself: killed by SIGKILL. Its last lines .*ready/s);
  expect(stillRunning(secondPids)).toEqual([]);
});

const LIVE = { STRIPE_SECRET_KEY: 'sk_live_1', STRIPE_WEBHOOK_SECRET: 'whsec_1' };

test.each<
  [what: string, start: { args?: string[]; own?: NodeJS.ProcessEnv; file?: string }, status: number, said: string]
>([
  ['--reset where nobody can be asked', { args: ['--reset'] }, 64, 'say --yes as well (npm start -- --reset --yes)'],
  ['--reset of a foreign file', { args: ['--reset', '--yes'], file: 'photo.jpg' }, 1, "is npm start's: photo.jpg."],
  ['broken secrets', { file: 'secrets.json' }, 1, 'secrets.json is not JSON. Restore it from a backup, or remove it:'],
  ['a database without PG_VERSION', { file: 'postgres/base' }, 1, 'is not empty, but it has no PG_VERSION'],
  ['demo data with a live key', { args: ['--demo'], own: LIVE }, 78, 'STRIPE_SECRET_KEY is a live key'],
  [
    'a database that is not there',
    { own: { DATABASE_URL: 'postgresql://a:b@127.0.0.1:1/c' } },
    78,
    'nothing listens on port 1',
  ],
  ['an address of another machine', { own: { HOST: '192.0.2.1' } }, 78, 'HOST is 192.0.2.1, which is not an address'],
])('%s is refused in words, and nothing is changed', async (_what, { args, own, file }, status, said) => {
  if (file !== undefined) {
    await mkdir(dirname(join(data.path, file)), { recursive: true });
    await writeFile(join(data.path, file), 'not ours');
  }
  const one = start(args, own);
  expect(await one.status).toBe(status);
  expect(one.output()).toContain(said);
  expect(one.output()).not.toMatch(/^ +at /m);
  if (file !== undefined) expect(await readFile(join(data.path, file), 'utf8')).toBe('not ours');
  expect(await readRunning(data.path)).toBeUndefined();
});

test('--reset empties the data, says what it removes, and Ctrl-C leaves no process', async () => {
  await writeFile(join(data.path, 'secrets.json'), '{ "of": "an older version" }');
  const first = start(['--reset', '--yes']);
  await first.ready();
  expect(first.output()).toMatch(/Removing from .*: secrets.json/);
  const pids = await processesOf(first);
  expect(await first.stop('SIGINT')).toBe(0);
  expect(stillRunning(pids)).toEqual([]);
});

test('log lines are shown as they are with LOG_FORMAT=json, and metrics are where their variables say', async () => {
  const first = start(['--verbose'], { LOG_FORMAT: 'json' });
  await first.ready();
  const lines = first.output().split('\n');
  const ready = lines.filter((line) => line.startsWith('{') && line.includes('"msg":"ready"'));
  expect(ready.map((line) => (JSON.parse(line) as { name: string }).name).sort()).toEqual([
    ...['events-service', 'gateway', 'orders-service'],
  ]);
  for (const [index, service] of ['gateway', 'events-service', 'orders-service'].entries()) {
    const { body } = await call(`http://127.0.0.1:${env[METRICS_PORTS[index] ?? '']}/metrics`);
    expect(body).toContain(service);
  }
});

test('what services would refuse is said before anything is built or started', async () => {
  const first = start([], { ORDER_HOLD_SECONDS: '-5', TRUSTED_PROXIES: 'foo', STRIPE_MAX_RPS: '0' });
  expect(await first.status).toBe(78);
  expect(first.output().split('\n')).toEqual([
    'The configuration is not valid:',
    expect.stringMatching(/^ {2}TRUSTED_PROXIES: must be none, or list .*, not foo$/),
    '  STRIPE_MAX_RPS: must be a whole number between 1 and 10000, not 0',
    '  ORDER_HOLD_SECONDS: must be a whole number between 1 and 86400, not -5',
    '',
  ]);
});

test('--full adds Kafka, Redis and the worker where it says, and kill -9 takes them along too', async () => {
  const first = start(['--full']);
  await first.ready();
  const { KAFKA_PORT = '', REDIS_PORT = '', WORKER_PORT = '' } = env;
  for (const address of [`127.0.0.1:${KAFKA_PORT}`, `redis://127.0.0.1:${REDIS_PORT}`, `127.0.0.1:${WORKER_PORT}`]) {
    expect(first.output()).toContain(address);
  }
  expect((await readRunning(data.path))?.stack).toMatchObject({
    kafkaBrokers: `127.0.0.1:${KAFKA_PORT}`,
    redisUrl: `redis://127.0.0.1:${REDIS_PORT}`,
  });
  const pids = await processesOf(first);
  const commands = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8')));
  for (const part of ['kafka.Kafka', 'redis.conf', 'payment-worker']) {
    expect(commands.filter((command) => command.includes(part))).toHaveLength(1);
  }

  const onSamePorts = start(['--full'], { DATA_DIR: join(data.path, 'other') });
  expect(await onSamePorts.status).toBe(78);
  for (const variable of FULL_PORTS) {
    expect(onSamePorts.output()).toContain(`Port ${env[variable]} is in use: set another one with ${variable}=`);
  }

  await first.stop('SIGKILL');
  await waitUntil('all processes to end', () => stillRunning(pids).length === 0, { timeoutMs: STOP_TIMEOUT_MS });
  // Whatever they write is known to --reset.
  expect(await contentsOf(data.path)).toMatchObject({ foreign: [] });
});

test('--full says what is missing on this machine before it starts anything', async () => {
  const first = start(['--full'], { PATH: '', JAVA_HOME: '' });
  expect(await first.status).toBe(1);
  expect(first.output()).toMatch(/^A local Kafka needs Java 17 or newer, and there is none. .*apt-get install/);
  expect(first.output()).not.toContain('Build');
});

test('closing the terminal while it starts leaves nothing', async () => {
  const first = start();
  await waitUntil('Postgres to start', () => first.output().includes('Postgres'), { timeoutMs: START_TIMEOUT_MS });
  const children = await readFile(`/proc/${first.pid}/task/${first.pid}/children`, 'utf8');
  expect(await first.stop('SIGHUP')).toBe(0);
  expect(stillRunning(children.trim().split(' ').filter(Boolean).map(Number))).toEqual([]);
  expect(await readRunning(data.path)).toBeUndefined();
});
