import { expect, inject, onTestFinished, test } from 'vitest';
import pg from 'pg';
import { createDatabase, providePostgres, type TestDatabase } from '../src/postgres.ts';

async function freshDatabase(): Promise<TestDatabase> {
  const database = await createDatabase(inject('postgresUrl'));
  onTestFinished(() => database.drop());
  return database;
}

async function ask<Row extends pg.QueryResultRow>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

test('databases made at once are migrated and apart from one another', async () => {
  const databases = await Promise.all([freshDatabase(), freshDatabase(), freshDatabase()]);
  const names = [];
  for (const { adminUrl } of databases) {
    const schemas = await ask<{ name: string; database: string }>(
      adminUrl,
      "select nspname as name, current_database() as database from pg_namespace where nspname in ('identity', 'events', 'orders') order by 1",
    );
    expect(schemas.map(({ name }) => name)).toEqual(['events', 'identity', 'orders']);
    names.push(schemas[0]?.database);
  }
  expect(new Set(names).size).toBe(3);
});

test('each app logs in with its own role', async () => {
  const { urls } = await freshDatabase();
  for (const [app, url] of Object.entries(urls)) {
    const rows = await ask(
      url,
      "select current_user as role, has_database_privilege(current_database(), 'temp') as temp",
    );
    expect(rows).toEqual([{ role: `ticketing_${app}`, temp: false }]);
  }
});

test('a database is dropped although someone is connected, and dropping it again does no harm', async () => {
  const { adminUrl, drop } = await createDatabase(inject('postgresUrl'));
  const client = new pg.Client({ connectionString: adminUrl });
  const cut = new Promise((resolve) => client.on('error', resolve));
  await client.connect();
  await drop();
  await drop();
  expect(await cut).toBeInstanceOf(Error);
  await expect(ask(adminUrl, 'select 1')).rejects.toThrow('does not exist');
});

test('text is UTF-8, case is folded in all of Unicode, and order is by code point', async () => {
  const [row] = await ask(
    inject('postgresUrl'),
    "select lower('ÄÖÜÇ') as lower, 'Z' < 'a' as by_code_point, current_setting('server_encoding') as encoding",
  );
  expect(row).toEqual({ lower: 'äöüç', by_code_point: true, encoding: 'UTF8' });
});

test('a server that was asked for and does not answer is an error with the way out', async () => {
  const before = process.env.TEST_POSTGRES_URL;
  onTestFinished(() => {
    if (before === undefined) delete process.env.TEST_POSTGRES_URL;
    else process.env.TEST_POSTGRES_URL = before;
  });
  process.env.TEST_POSTGRES_URL = 'postgresql://postgres@127.0.0.1:1/postgres';
  await expect(providePostgres()).rejects.toThrow('TEST_POSTGRES_URL does not answer; unset it');
});
