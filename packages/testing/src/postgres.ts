import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import pg from 'pg';
import { databaseFingerprint } from '@ticketing/database/owners';
import { migrateAll } from '@ticketing/database/migrate-all';
import { ROLES, roleUrl, type App, type RolePasswords } from '@ticketing/database/roles';
import { startEmbeddedPostgres } from './embedded-postgres.ts';
import { temporaryHome } from './temporary-home.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Superuser's URL of the tests' server, from the global setup in `vitest-postgres.ts`. */
    postgresUrl: string;
  }
}

/**
 * The server for tests: the one at `TEST_POSTGRES_URL` if that is set (a superuser on a server for tests alone, since
 * the apps' roles get known passwords there), else a temporary embedded one, tuned for speed and removed by `stop`.
 *
 * @throws when the server at `TEST_POSTGRES_URL` does not answer, or there is no embedded one for this platform.
 */
export async function providePostgres(): Promise<{ url: string; stop: () => Promise<void> }> {
  const given = process.env.TEST_POSTGRES_URL;
  if (given) {
    try {
      await asAdmin(given, dropForgotten);
    } catch (cause) {
      const message = 'TEST_POSTGRES_URL does not answer; unset it to have a temporary Postgres started for the tests.';
      throw new Error(message, { cause });
    }
    return { url: given, stop: () => Promise.resolve() };
  }
  return startEmbeddedPostgres({
    dataDir: join(await temporaryHome(), `ticketing-postgres-${randomBytes(6).toString('hex')}`),
    persistent: false,
    settings: fast,
  });
}

export interface TestDatabase {
  /** Superuser's URL. */
  adminUrl: string;
  /** The apps' own URLs, each with its login role and no more rights than that has. */
  urls: Record<App, string>;
  /** Drops it, whoever may still be connected. May be called twice. */
  drop: () => Promise<void>;
}

/**
 * Creates a database of the caller's own with all migrations applied, within 30–350 ms: it is cloned from a template that
 * the first caller makes. Safe from several processes at once.
 */
export async function createDatabase(serverUrl: string): Promise<TestDatabase> {
  const template = `${TEMPLATE_PREFIX}${(await databaseFingerprint()).slice(0, 16)}`;
  const name = `${CLONE_PREFIX}${Date.now().toString(36)}_${randomBytes(4).toString('hex')}`;
  await asAdmin(serverUrl, async (client) => {
    // Sharing the lock keeps anyone from dropping the template meanwhile.
    await client.query('select pg_advisory_lock_shared($1)', [LOCK]);
    if (!(await exists(client, template))) {
      await client.query('select pg_advisory_unlock_shared($1)', [LOCK]);
      await client.query('select pg_advisory_lock($1)', [LOCK]);
      if (!(await exists(client, template))) await makeTemplate(client, serverUrl, template);
    }
    await client.query(`create database ${name} template ${template}`);
    // Rights on the database itself are not cloned.
    await client.query(`revoke all on database ${name} from public`);
    await client.query(`grant connect on database ${name} to ${Object.values(ROLES).join(', ')}`);
  });
  const adminUrl = databaseUrl(serverUrl, name);
  const url = (app: App) => roleUrl(adminUrl, app, passwords[app]);
  return {
    adminUrl,
    urls: { gateway: url('gateway'), events: url('events'), orders: url('orders'), worker: url('worker') },
    drop: () => asAdmin(serverUrl, (client) => drop(client, name)),
  };
}

/** A crash of the machine may cost the data: they are tests' data. */
const fast = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: 300,
  shared_buffers: '128MB',
};

const passwords: RolePasswords = {
  gateway: 'test-gateway',
  events: 'test-events',
  orders: 'test-orders',
  worker: 'test-worker',
};

const TEMPLATE_PREFIX = 'ticketing_template_';
const CLONE_PREFIX = 'ticketing_test_';
const LOCK = 72_707_371;
const CONNECT_TIMEOUT_MS = 10_000;

/** Makes the template under another name first, so that one that has the name is complete. Needs the lock alone. */
async function makeTemplate(client: pg.Client, serverUrl: string, template: string): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    'select datname as name from pg_database where starts_with(datname, $1)',
    [TEMPLATE_PREFIX],
  );
  // Half-made ones, and those of migrations that have changed since.
  for (const { name } of rows) await drop(client, name);
  const half = `${template}_half`;
  await client.query(`create database ${half}`);
  try {
    await migrateAll({ adminUrl: databaseUrl(serverUrl, half), rolePasswords: passwords });
    // A template can only be cloned while nobody is connected to it.
    await client.query(`alter database ${half} with allow_connections false`);
    await client.query(`alter database ${half} rename to ${template}`);
  } catch (error) {
    await drop(client, half);
    throw error;
  }
}

const FORGOTTEN_AFTER_MS = 60 * 60_000;

/** Drops what killed test runs left on a server that outlives them: clones an hour old that nobody is connected to. */
async function dropForgotten(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select datname as name from pg_database d
      where starts_with(datname, $1) and not exists (select from pg_stat_activity a where a.datid = d.oid)`,
    [CLONE_PREFIX],
  );
  for (const { name } of rows) {
    const createdAt = parseInt(name.slice(CLONE_PREFIX.length).split('_')[0] ?? '', 36);
    if (createdAt < Date.now() - FORGOTTEN_AFTER_MS) await drop(client, name);
  }
}

async function exists(client: pg.Client, database: string): Promise<boolean> {
  const { rowCount } = await client.query('select from pg_database where datname = $1', [database]);
  return rowCount === 1;
}

async function drop(client: pg.Client, database: string): Promise<void> {
  await client.query(`drop database if exists ${client.escapeIdentifier(database)} with (force)`);
}

function databaseUrl(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}

async function asAdmin<Result>(serverUrl: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: serverUrl, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  // A connection that breaks fails the query under way; unheard, it would end the process as well.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
