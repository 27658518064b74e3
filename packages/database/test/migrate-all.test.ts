import { afterEach, beforeEach, expect, test } from 'vitest';
import { migrateAll, type MigrationStep } from '../src/migrate-all.ts';
import { databaseFingerprint } from '../src/owners.ts';
import { APPS, roleUrl, ROLES } from '../src/roles.ts';
import { migrationStatus } from '../src/status.ts';
import {
  once,
  rolePasswords,
  scratchDatabase,
  scratchRoot,
  type ScratchDatabase,
  type ScratchRoot,
} from './scratch.ts';

let database: ScratchDatabase;
let root: ScratchRoot;

beforeEach(async () => {
  [database, root] = await Promise.all([scratchDatabase(), scratchRoot()]);
});
afterEach(async () => {
  await Promise.all([database.drop(), root.remove()]);
});

const ORDERS = 'packages/order-core/prisma';

async function migrateScratch(url = database.url): Promise<MigrationStep[]> {
  const steps: MigrationStep[] = [];
  await migrateAll({ adminUrl: url, rolePasswords, root: root.path, onStep: (step) => steps.push(step) });
  return steps;
}

test('every owner is migrated, then every grant is set', async () => {
  const steps = await migrateScratch();
  expect(steps.filter(({ kind }) => kind !== 'role')).toEqual([
    { kind: 'migration', schema: 'identity', name: '1_account' },
    { kind: 'migration', schema: 'events', name: '1_event' },
    { kind: 'migration', schema: 'orders', name: '1_order' },
    { kind: 'grants', schema: 'identity' },
    { kind: 'grants', schema: 'events' },
    { kind: 'grants', schema: 'orders' },
  ]);
  expect((await migrationStatus(database.url, root.path)).map(({ state }) => state)).toEqual(Array(3).fill('applied'));
});

test('a second run applies nothing, but follows changed grants and passwords', async () => {
  await migrateScratch();
  await root.write(
    `${ORDERS}/grants.sql`,
    'grant usage on schema orders to ticketing_orders; revoke all on "order" from ticketing_orders',
  );
  expect((await migrateScratch()).filter(({ kind }) => kind !== 'grants')).toEqual([]);
  const url = roleUrl(database.url, 'orders', rolePasswords.orders);
  await expect(once(url, 'select from orders."order"')).rejects.toThrow('permission denied for table order');
});

test('processes that start at once, in two databases of one server, apply each migration once', async () => {
  const other = await scratchDatabase();
  try {
    const runs = [database.url, other.url, database.url, other.url, database.url, other.url];
    const steps = (await Promise.all(runs.map(migrateScratch))).flat();
    expect(steps.filter(({ kind }) => kind === 'migration')).toHaveLength(2 * 3);
  } finally {
    await other.drop();
  }
});

test('a failing migration is named with the message, is not done, and stops later runs until it is repaired', async () => {
  await root.write(`${ORDERS}/migrations/2_broken/migration.sql`, 'create table half (id int); select from nowhere;');
  await root.write(`${ORDERS}/migrations/3_later/migration.sql`, 'create table later (id int);');
  await expect(migrateScratch()).rejects.toThrow('orders/2_broken failed: relation "nowhere" does not exist');
  const states = async () =>
    (await migrationStatus(database.url, root.path))
      .filter(({ schema }) => schema === 'orders')
      .map(({ state }) => state);
  expect(await states()).toEqual(['applied', 'failed', 'pending']);

  await root.write(`${ORDERS}/migrations/2_broken/migration.sql`, 'create table whole (id int);');
  await expect(migrateScratch()).rejects.toThrow('orders/2_broken failed earlier');
  await database.query("update orders._prisma_migrations set rolled_back_at = now() where migration_name = '2_broken'");
  await migrateScratch();
  expect(await states()).toEqual(['applied', 'applied', 'applied']);
});

test('a migration that was changed after it was applied is refused', async () => {
  await migrateScratch();
  await root.write(`${ORDERS}/migrations/1_order/migration.sql`, 'create table "order" (id bigint);');
  await expect(migrateScratch()).rejects.toThrow('orders/1_order was changed after it was applied');
  expect((await migrationStatus(database.url, root.path)).map(({ state }) => state)).toContain('changed');
});

test('grants that fail are named, and none of that file is kept', async () => {
  await root.write(
    `${ORDERS}/grants.sql`,
    'grant usage on schema orders to ticketing_worker; grant select on nowhere to ticketing_worker',
  );
  await expect(migrateScratch()).rejects.toThrow(/^Grants of orders .* failed: relation "nowhere" does not exist$/);
  const url = roleUrl(database.url, 'worker', rolePasswords.worker);
  await expect(once(url, 'select from orders."order"')).rejects.toThrow('permission denied for schema orders');
});

test.each(APPS)('the role of %s signs in with its password, and may nothing that was not granted', async (app) => {
  await migrateScratch();
  const url = roleUrl(database.url, app, rolePasswords[app]);
  expect(await once(url, 'select current_user as name')).toEqual([{ name: ROLES[app] }]);
  await expect(once(url, 'create table public.mine (id int)')).rejects.toThrow('permission denied for schema public');
  await expect(once(url, 'create schema mine')).rejects.toThrow('permission denied for database');
  await expect(once(url, 'create temp table mine (id int)')).rejects.toThrow('permission denied to create temporary');
  await expect(once(url, 'create role mine')).rejects.toThrow('permission denied to create role');
  await expect(once(url, 'create database mine')).rejects.toThrow('permission denied to create database');
  await expect(once(roleUrl(database.url, app, 'wrong'), 'select')).rejects.toThrow('password authentication failed');
});

test('the fingerprint changes with any migration and any grant', async () => {
  const first = await databaseFingerprint(root.path);
  expect(await databaseFingerprint(root.path)).toBe(first);
  await root.write(`${ORDERS}/grants.sql`, 'select');
  const second = await databaseFingerprint(root.path);
  await root.write(`${ORDERS}/migrations/2_more/migration.sql`, 'select');
  const third = await databaseFingerprint(root.path);
  expect(new Set([first, second, third]).size).toBe(3);
});

test('the address for a role keeps the database and its options, and passwords may hold any character', () => {
  const url = new URL(roleUrl('postgresql://admin:old@db.example:5432/shop?sslmode=require', 'orders', "a'b %2F@:/?#"));
  expect(url).toMatchObject({ username: 'ticketing_orders', host: 'db.example:5432', pathname: '/shop' });
  expect(url.search).toBe('?sslmode=require');
  expect(decodeURIComponent(url.password)).toBe("a'b %2F@:/?#");
});
