import { migrateAll } from '@ticketing/database/migrate-all';
import type { RolePasswords } from '@ticketing/database/roles';
import { DataError } from '@ticketing/testing/data-error';
import { startEmbeddedPostgres } from '@ticketing/testing/embedded-postgres';
import { dataPaths } from './data-folder/names.ts';
import { lastLines } from './last-lines.ts';
import type { RunStep } from './step.ts';

export interface DatabaseOptions {
  dataDir: string;
  /** An administrator's URL of an existing database. */
  databaseUrl: string | undefined;
  rolePasswords: RolePasswords;
  /** Called with the administrator's URL when the server answers and nothing is changed yet. */
  beforeMigrations?: (url: string) => Promise<void>;
  step: RunStep;
  /** The embedded server ended though nobody asked it to; with its last lines. */
  onCrash: (lastLines: string[]) => void;
}

export interface Database {
  /** Administrator's. */
  url: string;
  stop: () => Promise<void>;
}

/** Postgres' code, https://www.postgresql.org/docs/18/errcodes-appendix.html */
const INVALID_PASSWORD = '28P01';

/** The database given, or an embedded server whose data stays in `postgres`, migrated either way. */
export async function provideDatabase(options: DatabaseOptions): Promise<Database> {
  const { dataDir, databaseUrl, rolePasswords, beforeMigrations, step, onCrash } = options;
  const database: Database = databaseUrl
    ? { url: databaseUrl, stop: () => Promise.resolve() }
    : await step('Postgres', (note) => startEmbedded(dataDir, note, onCrash));
  try {
    await beforeMigrations?.(database.url);
    await step('Migrations', async (note) => {
      let count = 0;
      await migrateAll({
        adminUrl: database.url,
        rolePasswords,
        onStep: ({ kind }) => {
          if (kind === 'migration') count++;
        },
      });
      note(count === 0 ? 'up to date' : `${count} applied`);
    });
  } catch (error) {
    await database.stop();
    const isRefused = !databaseUrl && (error as NodeJS.ErrnoException).code === INVALID_PASSWORD;
    if (!isRefused) throw error;
    const { postgres } = dataPaths(dataDir);
    throw new DataError(`${postgres}.password does not hold the password of the database in ${postgres}.`, {
      cause: error,
    });
  }
  return database;
}

async function startEmbedded(
  dataDir: string,
  note: (text: string) => void,
  onCrash: DatabaseOptions['onCrash'],
): Promise<Database> {
  const lines = lastLines();
  const server = await startEmbeddedPostgres({
    dataDir: dataPaths(dataDir).postgres,
    persistent: true,
    onLog: lines.add,
  });
  note(`embedded, port ${server.port}`);
  let isAskedToStop = false;
  void server.exited.then(() => {
    if (!isAskedToStop) onCrash(lines.all());
  });
  return {
    url: server.url,
    stop: () => {
      isAskedToStop = true;
      return server.stop();
    },
  };
}
