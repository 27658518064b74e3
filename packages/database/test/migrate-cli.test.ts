import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { rolePasswords, scratchDatabase, scratchRoot, type ScratchDatabase, type ScratchRoot } from './scratch.ts';

let database: ScratchDatabase;
let root: ScratchRoot;

beforeEach(async () => {
  [database, root] = await Promise.all([scratchDatabase(), scratchRoot()]);
});
afterEach(async () => {
  await Promise.all([database.drop(), root.remove()]);
});

const CLI = fileURLToPath(new URL('../src/migrate-cli.ts', import.meta.url));

async function migrateCli(args: string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [CLI, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const status = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { out, err, status: await status };
}

const environment = (): NodeJS.ProcessEnv => ({
  DATABASE_URL: database.url,
  GATEWAY_DB_PASSWORD: rolePasswords.gateway,
  EVENTS_DB_PASSWORD: rolePasswords.events,
  ORDERS_DB_PASSWORD: rolePasswords.orders,
  WORKER_DB_PASSWORD: rolePasswords.worker,
});

test('it says what is missing, does it, and says that nothing is missing', async () => {
  const before = await migrateCli(['status', '--root', root.path], { DATABASE_URL: database.url });
  expect(before).toMatchObject({ status: 1, out: expect.stringContaining('pending   orders/1_order') as string });
  const done = await migrateCli(['--root', root.path], environment());
  expect(done).toMatchObject({ status: 0, err: '' });
  expect(done.out).toContain('migration orders/1_order applied');
  const after = await migrateCli(['status', '--json', '--root', root.path], { DATABASE_URL: database.url });
  expect(after.status).toBe(0);
  expect(JSON.parse(after.out)).toMatchObject([{ schema: 'identity', name: '1_account', state: 'applied' }, {}, {}]);
});

test('a failing migration ends it with status 1, its name and the message', async () => {
  await root.write('apps/gateway/prisma/migrations/2_broken/migration.sql', 'selec');
  const { status, err } = await migrateCli(['--root', root.path], environment());
  expect(status).toBe(1);
  expect(err).toBe('Migration identity/2_broken failed: syntax error at or near "selec"\n');
});

test('every missing variable is named at once', async () => {
  const { status, err } = await migrateCli([], { DATABASE_URL: database.url, EVENTS_DB_PASSWORD: 'x' });
  expect(status).toBe(78);
  expect(err).toMatch(/GATEWAY_DB_PASSWORD.*ORDERS_DB_PASSWORD.*WORKER_DB_PASSWORD/s);
  expect(err).not.toContain('EVENTS_DB_PASSWORD');
});

test.each([[['--nonsense']], [['nonsense']]])('%s is refused as wrong usage', async (args) => {
  expect((await migrateCli(args)).status).toBe(64);
});

test('a database that does not answer is reported in a sentence', async () => {
  const env = { ...environment(), DATABASE_URL: 'postgresql://postgres@127.0.0.1:1/postgres' };
  const { status, err } = await migrateCli([], env);
  expect(status).toBe(1);
  expect(err).toBe('connect ECONNREFUSED 127.0.0.1:1\n');
});
