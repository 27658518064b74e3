import { randomUUID } from 'node:crypto';
import { signAccessToken } from '@ticketing/service-kit/access-token';
import { readConfig } from '@ticketing/service-kit/config';
import { silentLog } from '@ticketing/service-kit/log';
import { openPool } from '@ticketing/service-kit/postgres';
import type { Event, EventSummary } from '@ticketing/types/event';
import type { Role } from '@ticketing/types/operation';
import type { Problem } from '@ticketing/types/problem';
import { createDatabase, type TestDatabase } from '@ticketing/testing/postgres';
import type pg from 'pg';
import { inject } from 'vitest';
import { Config } from '../src/config.ts';
import { startService } from '../src/service.ts';
import { startProxy, type Proxy } from './proxy.ts';

/** All that some answer has. What a test reads of the wrong kind of answer is missing, and fails it. */
export type Body = Event & Omit<Problem, 'status'> & Page & { errors: { path: string; message: string }[] };

interface Page {
  items: EventSummary[];
  nextCursor: string | null;
}

export interface Answer {
  status: number;
  headers: Headers;
  body: Body;
  text: string;
}

export interface Client {
  /** The account's id. */
  id: string;
  call: (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>;
}

export interface Catalogue {
  url: string;
  database: TestDatabase;
  /** Between the service and its database. */
  proxy: Proxy;
  /** Superuser, to look behind the scenes. */
  admin: pg.Pool;
  anyone: Client;
  /** Someone new with a role. */
  someone: (role: Role) => Client;
  close: () => Promise<void>;
}

const JWT_SECRET = 'a-secret-for-tests-of-32-characters';

export interface CatalogueOptions {
  /** Further settings. */
  env?: Record<string, string>;
  /** Shares the database of this one, as another replica; to be closed before it. */
  beside?: Catalogue;
}

/** The real service on a database of its own, signed in to with its own login role. */
export async function startCatalogue({ env = {}, beside }: CatalogueOptions = {}): Promise<Catalogue> {
  const database = beside?.database ?? (await createDatabase(inject('postgresUrl')));
  const proxy = await startProxy(database.urls.events);
  const admin = openPool({ url: database.adminUrl, schema: 'events', size: 5, applicationName: 'test' });
  const config = readConfig(Config, {
    NODE_ENV: 'test',
    HOST: '127.0.0.1',
    PORT: '0',
    METRICS_PORT: '0',
    DATABASE_URL: proxy.url,
    JWT_SECRET,
    ...env,
  });
  const service = await startService(config, silentLog);
  return {
    url: service.url,
    database,
    proxy,
    admin,
    anyone: { id: '', call: caller(service.url) },
    someone: (role) => {
      const id = randomUUID();
      const token = signAccessToken({ current: JWT_SECRET }, { id, role, email: 'someone@example.com' });
      return { id, call: caller(service.url, { Authorization: `Bearer ${token}` }) };
    },
    close: async () => {
      await service.close();
      await proxy.close();
      await admin.end();
      if (!beside) await database.drop();
    },
  };
}

function caller(url: string, own: Record<string, string> = {}): Client['call'] {
  return async (method, path, body, headers = {}) => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { ...own, ...(body !== undefined && { 'Content-Type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json');
    return { status: response.status, headers: response.headers, text, body: JSON.parse(isJson ? text : '{}') as Body };
  };
}

/** The paths that a VALIDATION_FAILED answer names. */
export function wrongFields(answer: Answer): string[] {
  if (answer.status !== 422) throw new Error(`Not a refusal of fields: ${JSON.stringify(answer.body)}`);
  return answer.body.errors.map(({ path }) => path);
}
