import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';

/** Prisma's own lock, so that `prisma migrate deploy` and this runner exclude each other. */
const PRISMA_ADVISORY_LOCK = 72_707_369;

export interface MigrateOptions {
  /** A role that may create schemas. */
  url: string;
  schema: string;
  /** Folder of `<name>/migration.sql` folders. */
  directory: string;
  onApplied?: (migration: string) => void;
}

/** A migration that did not apply, that failed earlier, or that was changed after it was applied. */
export class MigrationError extends Error {
  override name = 'MigrationError';
}

/**
 * Applies the migrations of one schema that are not applied yet, in the order of their names, and returns their names.
 * Processes that start at once take turns. It keeps `_prisma_migrations` as Prisma does, so that
 * `prisma migrate status` and `deploy` agree with it.
 * @throws {MigrationError} with the migration's name and the database's message; the failed one is not recorded as done
 */
export async function migrate({ url, schema, directory, onApplied }: MigrateOptions): Promise<string[]> {
  const client = new pg.Client({ connectionString: url, application_name: 'migrate' });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [PRISMA_ADVISORY_LOCK]);
    await client.query(`create schema if not exists ${schema}`);
    await client.query(`set search_path to ${schema}`);
    await client.query(MIGRATIONS_TABLE);
    const applied = await readApplied(client);
    const names: string[] = [];
    for (const migration of await readMigrations(directory)) {
      if (isApplied(migration, applied, schema)) continue;
      await apply(client, migration, schema);
      names.push(migration.name);
      onApplied?.(migration.name);
    }
    return names;
  } finally {
    await client.end();
  }
}

const MIGRATIONS_TABLE = `
  create table if not exists _prisma_migrations (
    id varchar(36) primary key,
    checksum varchar(64) not null,
    finished_at timestamptz,
    migration_name varchar(255) not null,
    logs text,
    rolled_back_at timestamptz,
    started_at timestamptz not null default now(),
    applied_steps_count int not null default 0
  )`;

interface Migration {
  name: string;
  sql: string;
  checksum: string;
}

interface AppliedRow {
  migration_name: string;
  checksum: string;
  finished_at: Date | null;
  logs: string | null;
}

/** The migrations in a folder, in the order in which they are applied. */
export async function readMigrations(directory: string): Promise<Migration[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.sort().map(async (name) => {
      const sql = await readFile(join(directory, name, 'migration.sql'), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

async function readApplied(client: pg.Client): Promise<Map<string, AppliedRow>> {
  const { rows } = await client.query<AppliedRow>(
    'select migration_name, checksum, finished_at, logs from _prisma_migrations where rolled_back_at is null',
  );
  return new Map(rows.map((row) => [row.migration_name, row]));
}

function isApplied(migration: Migration, applied: Map<string, AppliedRow>, schema: string): boolean {
  const row = applied.get(migration.name);
  if (!row) return false;
  const name = `${schema}/${migration.name}`;
  if (!row.finished_at) {
    throw new MigrationError(
      `Migration ${name} failed earlier: ${row.logs ?? 'the process died while it ran'}. Repair the database, then ` +
        `run: update ${schema}._prisma_migrations set rolled_back_at = now() where migration_name = '${migration.name}'`,
    );
  }
  if (row.checksum !== migration.checksum) {
    throw new MigrationError(`Migration ${name} was changed after it was applied. Restore it and write a new one.`);
  }
  return true;
}

async function apply(client: pg.Client, { name, sql, checksum }: Migration, schema: string): Promise<void> {
  const id = randomUUID();
  await client.query('insert into _prisma_migrations (id, checksum, migration_name) values ($1, $2, $3)', [
    id,
    checksum,
    name,
  ]);
  try {
    await client.query(sql);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // The file may have opened a transaction that is now broken.
    await client.query('rollback');
    await client.query('update _prisma_migrations set logs = $2 where id = $1', [id, message]);
    throw new MigrationError(`Migration ${schema}/${name} failed: ${message}`, { cause: error });
  }
  await client.query('update _prisma_migrations set finished_at = now(), applied_steps_count = 1 where id = $1', [id]);
}
