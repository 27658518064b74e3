import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { migrateAll } from '../src/migrate-all.ts';
import { APPS, roleUrl, ROLES, type App } from '../src/roles.ts';
import { once, rolePasswords, scratchDatabase, type ScratchDatabase } from './scratch.ts';

let database: ScratchDatabase;

beforeAll(async () => {
  database = await scratchDatabase();
  await migrateAll({ adminUrl: database.url, rolePasswords });
});
afterAll(() => database.drop());

interface Right {
  relation: string;
  privilege: string;
}

/** Every right of a role on a table or view of ours, on the whole of it or on some columns. */
async function rightsOf(app: App): Promise<Right[]> {
  return database.query<Right>(`
    select n.nspname || '.' || c.relname as relation, privilege
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    cross join unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) as privilege
    where n.nspname in ('identity', 'events', 'orders')
      and c.relkind in ('r', 'p', 'v', 'm')
      and has_schema_privilege('${ROLES[app]}', n.oid, 'USAGE')
      and case when privilege in ('DELETE', 'TRUNCATE', 'TRIGGER')
            then has_table_privilege('${ROLES[app]}', c.oid, privilege)
            else has_any_column_privilege('${ROLES[app]}', c.oid, privilege)
          end
    order by relation, privilege`);
}

/** What a role may do outside the schema that it works in: what another owner publishes. */
async function rightsOutside(app: App, schema: string): Promise<string[]> {
  const rights = await rightsOf(app);
  return rights
    .filter(({ relation }) => !relation.startsWith(`${schema}.`))
    .map(({ relation, privilege }) => `${privilege} ${relation}`);
}

test('the gateway reads whether payments are real, and nothing else outside identity', async () => {
  expect(await rightsOutside('gateway', 'identity')).toEqual(['SELECT orders.payment_mode']);
});

test('events-service reads the published stock of orders, and nothing else outside events', async () => {
  expect(await rightsOutside('events', 'events')).toEqual(['SELECT orders.ticket_stock']);
});

test.each(['orders', 'worker'] as const)(
  '%s reads the published view of events, and nothing else of it',
  async (app) => {
    expect(await rightsOutside(app, 'orders')).toEqual(['SELECT events.sellable_ticket_types']);
  },
);

test('orders and events, once recorded, are deleted by nobody', async () => {
  const rights = (await Promise.all(APPS.map(rightsOf))).flat();
  const destructive = rights.filter(({ privilege }) => ['DELETE', 'TRUNCATE'].includes(privilege));
  expect(destructive.filter(({ relation }) => !relation.startsWith('identity.'))).toEqual([]);
});

describe.each(APPS)('the role of %s', (app) => {
  const asApp = (sql: string) => once(roleUrl(database.url, app, rolePasswords[app]), sql);

  test('has some right, so that it can work', async () => {
    expect(await rightsOf(app)).not.toEqual([]);
  });

  test.each(['identity', 'events', 'orders', 'public'])('makes nothing in %s', async (schema) => {
    await expect(asApp(`create table ${schema}.mine (id int)`)).rejects.toThrow('permission denied for schema');
  });

  test.each(['identity', 'events', 'orders'])('does not see which migrations %s had', async (schema) => {
    await expect(asApp(`select from ${schema}._prisma_migrations`)).rejects.toThrow('permission denied');
  });
});
