import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';

/**
 * Roles belong to the whole server, on which other packages' tests run at the same time: these are the passwords that
 * @ticketing/testing gives them too.
 */
export const rolePasswords = {
  gateway: 'test-gateway',
  events: 'test-events',
  orders: 'test-orders',
  worker: 'test-worker',
};

export interface ScratchDatabase {
  url: string;
  query: <Row extends pg.QueryResultRow>(sql: string) => Promise<Row[]>;
  drop: () => Promise<void>;
}

/** A new, empty database on the server that the test run provides. */
export async function scratchDatabase(): Promise<ScratchDatabase> {
  const serverUrl = process.env.TEST_POSTGRES_URL;
  if (!serverUrl) {
    throw new Error('TEST_POSTGRES_URL is not set. `npm test -- --filter @ticketing/database` provides a real server.');
  }
  const name = `scratch_${randomBytes(6).toString('hex')}`;
  await once(serverUrl, `create database ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    query: (sql) => once(url.href, sql),
    drop: async () => {
      await once(serverUrl, `drop database ${name} with (force)`);
    },
  };
}

/** Runs one statement on a connection of its own. */
export async function once<Row extends pg.QueryResultRow>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

export interface ScratchRoot {
  path: string;
  write: (file: string, text: string) => Promise<void>;
  remove: () => Promise<void>;
}

/** A made-up repository with one small migration and the grants of each owner. */
export async function scratchRoot(): Promise<ScratchRoot> {
  const path = await mkdtemp(join(tmpdir(), 'ticketing-database-'));
  const write = async (file: string, text: string) => {
    await mkdir(dirname(join(path, file)), { recursive: true });
    await writeFile(join(path, file), text);
  };
  await write('apps/gateway/prisma/migrations/1_account/migration.sql', 'create table account (id int);');
  await write('apps/gateway/prisma/grants.sql', 'grant usage on schema identity to ticketing_gateway;');
  await write('apps/events-service/prisma/migrations/1_event/migration.sql', 'create table event (id int);');
  await write('apps/events-service/prisma/grants.sql', 'grant usage on schema events to ticketing_events;');
  await write('packages/order-core/prisma/migrations/1_order/migration.sql', 'create table "order" (id int);');
  await write(
    'packages/order-core/prisma/grants.sql',
    `grant usage on schema orders to ticketing_orders, ticketing_worker;
     grant select, insert on "order" to ticketing_orders;`,
  );
  return { path, write, remove: () => rm(path, { recursive: true, force: true }) };
}
