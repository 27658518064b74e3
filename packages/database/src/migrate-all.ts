import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { migrate, MigrationError } from '@ticketing/service-kit/migrate';
import { owners, type Owner } from './owners.ts';
import { createRoles, ROLES, type RolePasswords } from './roles.ts';

/** Something that was done to the database. */
export type MigrationStep =
  | { kind: 'role'; role: string }
  | { kind: 'migration'; schema: Owner['schema']; name: string }
  | { kind: 'grants'; schema: Owner['schema'] };

export interface MigrateAllOptions {
  /** A role that may create schemas and roles. */
  adminUrl: string;
  rolePasswords: RolePasswords;
  /** Where the owners' folders are, if not in this repository. */
  root?: string;
  onStep?: (step: MigrationStep) => void;
}

/**
 * Brings the whole database up to date: login roles, every owner's migrations, then every owner's grants. Does nothing
 * twice; processes that start at once take turns.
 * @throws {MigrationError} naming the migration or the grants file, with the database's message
 */
export async function migrateAll({ adminUrl, rolePasswords, root, onStep }: MigrateAllOptions): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl, application_name: 'migrate' });
  await client.connect();
  try {
    await takeTurn(client);
    await createRoles(client, rolePasswords, (role) => onStep?.({ kind: 'role', role }));
    await closeToPublic(client);
    for (const { schema, migrations } of owners(root)) {
      await migrate({
        url: adminUrl,
        schema,
        directory: migrations,
        onApplied: (name) => onStep?.({ kind: 'migration', schema, name }),
      });
    }
    // After all migrations, since a grant may name what another owner publishes.
    for (const owner of owners(root)) {
      await grant(client, owner);
      onStep?.({ kind: 'grants', schema: owner.schema });
    }
  } finally {
    await client.end();
  }
}

/** Any number will do, as long as nothing else uses it; Prisma's own lock is taken by each owner's migrations. */
const LOCK = 72_707_370;
const TURN_TIMEOUT_MS = 5 * 60_000;
const TURN_POLL_MS = 50;

/**
 * Asks again and again instead of waiting inside the database: a waiting statement holds a snapshot, on which
 * `create index concurrently` in someone's migration would wait for ever.
 */
async function takeTurn(client: pg.Client): Promise<void> {
  const deadline = Date.now() + TURN_TIMEOUT_MS;
  for (;;) {
    const { rows } = await client.query<{ taken: boolean }>('select pg_try_advisory_lock($1) as taken', [LOCK]);
    if (rows[0]?.taken) return;
    if (Date.now() > deadline) {
      throw new MigrationError(`Another process has been migrating this database for ${TURN_TIMEOUT_MS / 60_000} min.`);
    }
    await wait(TURN_POLL_MS);
  }
}

/** What PostgreSQL gives to everyone by default is taken back; the apps' roles may connect, and what grants.sql says. */
async function closeToPublic(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>('select current_database() as name');
  const database = client.escapeIdentifier(rows[0]?.name ?? '');
  await client.query(`
    revoke all on database ${database} from public;
    revoke all on schema public from public;
    grant connect on database ${database} to ${Object.values(ROLES).join(', ')}`);
}

async function grant(client: pg.Client, { schema, grants }: Owner): Promise<void> {
  const sql = await readFile(grants, 'utf8');
  try {
    await client.query('begin');
    await client.query(`set local search_path to ${schema}`);
    await client.query(sql);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    const message = error instanceof Error ? error.message : String(error);
    throw new MigrationError(`Grants of ${schema} (prisma/grants.sql) failed: ${message}`, { cause: error });
  }
}
