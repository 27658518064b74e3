import { randomBytes } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';
import { ConfigError } from '@ticketing/service-kit/config';
import pg from 'pg';
import { DEMO_ACCOUNTS } from './demo-data.ts';

/** Of earlier releases, whose source everyone can read. */
const PUBLISHED_PASSWORD = 'try-ticketing';

export interface DemoAccess {
  /** What demo accounts are to sign in with; undefined where there is to be no demo. */
  password: string | undefined;
  /** What they could sign in with before, in this installation. */
  kept: string;
  /** Whether buyers would pay real money. */
  isLive: boolean;
}

/**
 * Sees to the demo accounts that a database has from earlier starts. With a password, they get that one, whatever they had.
 * Without, those whose password was ever published, or with a live key any that could sign in, cannot sign in any more.
 * Returns the emails of accounts that it shut out. To be called before anything is served; does nothing to a database that
 * has no accounts yet.
 *
 * @throws {ConfigError} with a live key, when demo events are on sale; nothing is changed then
 */
export async function secureDemoAccounts(databaseUrl: string, access: DemoAccess): Promise<string[]> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'npm start' });
  await client.connect();
  try {
    const accounts = await findAccounts(client);
    if (access.isLive) await refuseDemoEvents(client, accounts);
    const shut: string[] = [];
    for (const account of accounts) {
      if (access.password !== undefined) {
        if (!(await verify(account.hash, access.password))) await setPassword(client, account, access.password);
      } else if (await opens(account, access.isLive ? [PUBLISHED_PASSWORD, access.kept] : [PUBLISHED_PASSWORD])) {
        await setPassword(client, account, randomBytes(32).toString('base64url'));
        shut.push(account.email);
      }
    }
    return shut;
  } finally {
    await client.end();
  }
}

interface Account {
  id: string;
  email: string;
  hash: string;
}

async function findAccounts(client: pg.Client): Promise<Account[]> {
  const { rows } = await client.query<{ is: boolean }>(`select to_regclass('identity.users') is not null as is`);
  if (!rows[0]?.is) return [];
  const emails = Object.values(DEMO_ACCOUNTS).map(({ email }) => email);
  const found = await client.query<Account>(
    'select id, email, password_hash as hash from identity.users where email = any($1) order by email',
    [emails],
  );
  return found.rows;
}

/** Buyers would pay for tickets to events that do not exist. */
async function refuseDemoEvents(client: pg.Client, accounts: Account[]): Promise<void> {
  const organizers = accounts.map(({ id }) => id);
  const { rows } = await client.query<{ is: boolean }>(`select to_regclass('events.events') is not null as is`);
  if (organizers.length === 0 || !rows[0]?.is) return;
  const events = await client.query<{ title: string }>(
    `select title from events.events
      where organizer_id = any($1) and status = 'published' and ends_at > now()
      order by starts_at limit 10`,
    [organizers],
  );
  if (events.rows.length === 0) return;
  const titles = events.rows.map(({ title }) => title).join(', ');
  throw new ConfigError(
    `STRIPE_SECRET_KEY is a live key, but this database has demo events on sale (${titles}), for which buyers would really ` +
      'pay. Use another database (DATA_DIR, DATABASE_URL), or empty this one (npm start -- --reset). Or start it with ' +
      `--demo and no live key, sign in as ${DEMO_ACCOUNTS.organizer.email}, and cancel them.`,
  );
}

async function opens(account: Account, passwords: string[]): Promise<boolean> {
  for (const password of passwords) if (await verify(account.hash, password)) return true;
  return false;
}

/** Sessions that were begun with the old one end with it. */
async function setPassword(client: pg.Client, { id }: Account, password: string): Promise<void> {
  const passwordHash = await hash(password);
  await client.query('begin');
  await client.query('update identity.users set password_hash = $2 where id = $1', [id, passwordHash]);
  await client.query(
    'update identity.token_families set revoked_at = now() where user_id = $1 and revoked_at is null',
    [id],
  );
  await client.query('commit');
}
