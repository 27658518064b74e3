import type { World } from './worker.ts';

/**
 * Keeps every row of `orders` as it is now, as a dump would, and returns what restores them. No worker may run meanwhile.
 */
export async function backUp({ admin }: World): Promise<() => Promise<void>> {
  const { rows } = await admin.query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = 'orders' and tablename not like '%prisma%'`,
  );
  const tables = rows.map(({ name }) => name);
  await admin.query(
    `create schema backup; ${tables.map((name) => `create table backup.${name} as table orders.${name}`).join('; ')}`,
  );
  return async () => {
    await admin.query(`
      begin;
      set local session_replication_role = replica;
      truncate ${tables.map((name) => `orders.${name}`).join(', ')};
      ${tables.map((name) => `insert into orders.${name} select * from backup.${name}`).join('; ')};
      commit`);
  };
}
