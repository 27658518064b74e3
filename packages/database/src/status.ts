import pg from 'pg';
import { readMigrations } from '@ticketing/service-kit/migrate';
import { owners, type Owner } from './owners.ts';

export interface MigrationStatus {
  schema: Owner['schema'];
  name: string;
  /** `changed`: the file is not the one that was applied. `unknown`: applied, but there is no such file here. */
  state: 'applied' | 'pending' | 'failed' | 'changed' | 'unknown';
  appliedAt: Date | null;
  /** What the database said when it failed. */
  log: string | null;
}

/** Compares every owner's migrations with what the database says was applied. Changes nothing. */
export async function migrationStatus(adminUrl: string, root?: string): Promise<MigrationStatus[]> {
  const client = new pg.Client({ connectionString: adminUrl, application_name: 'migrate status' });
  await client.connect();
  try {
    const statuses: MigrationStatus[] = [];
    for (const owner of owners(root)) statuses.push(...(await statusOf(client, owner)));
    return statuses;
  } finally {
    await client.end();
  }
}

interface AppliedRow {
  name: string;
  checksum: string;
  finished_at: Date | null;
  logs: string | null;
}

async function statusOf(client: pg.Client, { schema, migrations }: Owner): Promise<MigrationStatus[]> {
  const applied = await readApplied(client, schema);
  const statuses = (await readMigrations(migrations)).map(({ name, checksum }): MigrationStatus => {
    const row = applied.get(name);
    applied.delete(name);
    if (!row) return { schema, name, state: 'pending', appliedAt: null, log: null };
    const state = !row.finished_at ? 'failed' : row.checksum === checksum ? 'applied' : 'changed';
    return { schema, name, state, appliedAt: row.finished_at, log: row.logs };
  });
  for (const row of applied.values()) {
    statuses.push({ schema, name: row.name, state: 'unknown', appliedAt: row.finished_at, log: row.logs });
  }
  return statuses;
}

async function readApplied(client: pg.Client, schema: string): Promise<Map<string, AppliedRow>> {
  const table = `${schema}._prisma_migrations`;
  const { rows: found } = await client.query<{ exists: boolean }>('select to_regclass($1) is not null as exists', [
    table,
  ]);
  if (!found[0]?.exists) return new Map();
  const { rows } = await client.query<AppliedRow>(`
    select migration_name as name, checksum, finished_at, logs
    from ${table}
    where rolled_back_at is null
    order by migration_name`);
  return new Map(rows.map((row) => [row.name, row]));
}
