import { randomBytes } from 'node:crypto';
import { createServer, type AddressInfo } from 'node:net';
import { providePostgres } from '@ticketing/testing/postgres';
import pg from 'pg';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { lackOf, requireDatabase } from '../start/own-database.ts';
import { freePorts } from '../start/ports.ts';

/** Roles are the whole server's, so their names are this run's. */
const RUN = randomBytes(4).toString('hex');
const name = (what: string) => `own_${what}_${RUN}`;
const PASSWORD = 'p@ss/w:rd';

let server: Awaited<ReturnType<typeof providePostgres>>;
let admin: pg.Client;

beforeAll(async () => {
  server = await providePostgres();
  admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
  await admin.query(`create database ${name('shop')}`);
  const roles = { plain: 'login', maker: 'login createrole', owner: 'login createrole', locked: 'nologin' };
  for (const [role, rights] of Object.entries(roles)) {
    await admin.query(`create role ${name(role)} ${rights} password '${PASSWORD}'`);
  }
  await admin.query(`create database ${name('owned')} owner ${name('owner')}`);
  await admin.query(`create database ${name('closed')}`);
  await admin.query(`revoke all on database ${name('closed')} from public`);
});
afterAll(async () => {
  for (const what of ['shop', 'owned', 'closed'])
    await admin.query(`drop database if exists ${name(what)} with (force)`);
  for (const what of ['plain', 'maker', 'locked', 'owner']) await admin.query(`drop role if exists ${name(what)}`);
  await admin.end();
  await server.stop();
});

interface Change {
  role?: string;
  password?: string;
  database?: string;
  port?: number;
  host?: string;
  search?: string;
}

function urlWith({ role, password, database = name('shop'), port, host, search = '' }: Change): string {
  const url = new URL(server.url);
  if (role !== undefined) url.username = role;
  if (password !== undefined) url.password = encodeURIComponent(password);
  if (port !== undefined) url.port = String(port);
  if (host !== undefined) url.hostname = host;
  url.pathname = `/${database}`;
  url.search = search;
  return url.href;
}

const as = (role: string, more: Change = {}): Change => ({ role: name(role), password: PASSWORD, ...more });

test('an administrator’s database is taken, and so is one of an owner who may create roles', async () => {
  await requireDatabase(urlWith({}));
  await requireDatabase(urlWith(as('owner', { database: name('owned') })));
});

test.each<[what: string, change: () => Change, said: RegExp]>([
  ['a wrong password', () => ({ password: 'wrong' }), /does not know the role \w+ with this password: correct them/],
  ['no password', () => ({ password: '' }), /asks for a password: put one into the URL/],
  [
    'an unknown role',
    () => ({ role: 'nobody_here', password: 'x' }),
    /does not know the role nobody_here|nobody_here in/,
  ],
  ['a role that may not sign in', () => as('locked'), /role own_locked_\w+ (in|with this password)/],
  ['an unknown database', () => ({ database: 'no_such' }), /there is no database no_such on the server: create it/],
  ['a closed database', () => as('plain', { database: name('closed') }), /may not connect to the database own_closed_/],
  [
    'no right to create roles',
    () => as('plain'),
    /the role own_plain_\w+ may not create roles.*alter role "own_plain_/,
  ],
  [
    'no right to create schemas',
    () => as('maker'),
    /may not create schemas in the database own_shop_.*grant create on/,
  ],
  ['an unknown host', () => ({ host: 'nowhere.invalid' }), /there is no host nowhere\.invalid/],
  [
    'TLS that the server does not speak',
    () => ({ search: '?sslmode=verify-full' }),
    /does not speak TLS: remove sslmode/,
  ],
])('%s is told, with the way out and without the password', async (_what, change, said) => {
  const url = urlWith(change());
  const error = (await requireDatabase(url).catch((cause: unknown) => cause)) as Error;
  expect(error.name).toBe('ConfigError');
  expect(error.message).toMatch(said);
  expect(error.message).toMatch(/^DATABASE_URL \(postgresql:\/\/[^@]+\): .*\.$/);
  expect(error.message).not.toContain(encodeURIComponent(PASSWORD));
});

test('a port where nothing, or something else, listens is told', async () => {
  const [port = 0] = await freePorts(1);
  await expect(requireDatabase(urlWith({ port }))).rejects.toThrow(`nothing listens on port ${port} of`);
  const other = createServer((socket) => socket.end('SSH-2.0-OpenSSH\r\n'));
  onTestFinished(() => void other.close());
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const url = urlWith({ host: '127.0.0.1', port: (other.address() as AddressInfo).port });
  await expect(requireDatabase(url)).rejects.toThrow('is it Postgres that listens there?');
});

test('an old server and a standby are told', () => {
  const good = {
    version: 15,
    role: 'admin',
    database: 'shop',
    makesRoles: true,
    makesSchemas: true,
    isReadOnly: false,
  };
  expect(lackOf(good)).toBeUndefined();
  expect(lackOf({ ...good, version: 14 })).toBe(
    'the server is Postgres 14, and 15 or newer is needed: upgrade it, or use another.',
  );
  expect(lackOf({ ...good, isReadOnly: true })).toBe('the server is a standby or read-only: use the primary.');
});
