import { onTestFinished, inject } from 'vitest';
import pg from 'pg';
import { readConfig } from '@ticketing/service-kit/config';
import { silentLog, type Logger } from '@ticketing/service-kit/log';
import type { Session } from '@ticketing/types/account';
import { createDatabase, type TestDatabase } from '@ticketing/testing/postgres';
import { Config } from '../src/config.ts';
import { startService } from '../src/service.ts';
import { startUpstream } from './upstream.ts';

export const JWT_SECRET = 'a secret of the tests, 32 characters or more';

export interface Gateway {
  url: string;
  database: TestDatabase;
  close: () => Promise<void>;
  get: (path: string, headers?: Record<string, string>) => Promise<Response>;
  post: (path: string, body: unknown, headers?: Record<string, string>) => Promise<Response>;
  /** Makes an account; the same person does not get two. */
  register: (fields?: Record<string, unknown>) => Promise<Session>;
}

/** A gateway with a database of its own, or that of another one. Both are gone when the test is over. */
export async function startGateway(
  env: NodeJS.ProcessEnv = {},
  { database, log = silentLog }: { database?: TestDatabase; log?: Logger } = {},
): Promise<Gateway> {
  const used = database ?? (await freshDatabase());
  const config = readConfig(Config, {
    NODE_ENV: 'test',
    HOST: '127.0.0.1',
    PORT: '0',
    METRICS_PORT: '0',
    DATABASE_URL: used.urls.gateway,
    JWT_SECRET,
    // Nobody listens at the port of the "discard" service.
    EVENTS_SERVICE_URL: 'http://127.0.0.1:9',
    ORDERS_SERVICE_URL: 'http://127.0.0.1:9',
    ORGANIZER_REGISTRATION: 'open',
    ...env,
  });
  const { url, close } = await startService(config, log);
  onTestFinished(close);
  const post: Gateway['post'] = (path, body, headers) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return fetch(url + path, {
      method: 'POST',
      body: text,
      headers: { 'Content-Type': 'application/json', ...headers },
    });
  };
  return {
    url,
    database: used,
    close,
    get: (path, headers) => fetch(url + path, { headers: headers ?? {} }),
    post,
    register: async (fields) => {
      const response = await post('/auth/register', newPerson(fields));
      if (response.status !== 201) throw new Error(`register answered ${response.status}`);
      return (await response.json()) as Session;
    },
  };
}

/** A gateway with services behind it that answer with their name and the path they were asked for. */
export async function startPlatform(env: NodeJS.ProcessEnv = {}) {
  const events = await startUpstream('events', (request, response) => response.end(`events ${request.url}`));
  const orders = await startUpstream('orders', (request, response) => response.end(`orders ${request.url}`));
  const gateway = await startGateway({ EVENTS_SERVICE_URL: events.url, ORDERS_SERVICE_URL: orders.url, ...env });
  return { gateway, events, orders };
}

export async function freshDatabase(): Promise<TestDatabase> {
  const database = await createDatabase(inject('postgresUrl'));
  onTestFinished(database.drop);
  return database;
}

export const PASSWORD = 'correct horse battery';
let people = 0;

/** A body for `POST /auth/register`. */
export function newPerson(fields: Record<string, unknown> = {}) {
  people++;
  return { email: `person-${people}@example.com`, password: PASSWORD, name: `Person ${people}`, ...fields };
}

/** Runs SQL as the superuser, in the gateway's schema. */
export async function asAdmin<Row extends pg.QueryResultRow>(
  { adminUrl }: TestDatabase,
  sql: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString: adminUrl, options: '-c search_path=identity' });
  await client.connect();
  try {
    return (await client.query<Row>(sql, values)).rows;
  } finally {
    await client.end();
  }
}

/** As if the refresh tokens that were spent had been spent that long ago. */
export async function spendEarlier(database: TestDatabase, seconds: number): Promise<void> {
  await asAdmin(
    database,
    `update refresh_tokens set spent_at = now() - interval '${seconds} seconds' where spent_at is not null`,
  );
}
