import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readMigrations } from '@ticketing/service-kit/migrate';

/** A schema and who keeps its migrations and grants; the design's "Who owns what". */
export interface Owner {
  schema: 'identity' | 'events' | 'orders';
  /** Folder of `<name>/migration.sql` folders. */
  migrations: string;
  /** SQL that gives the login roles what they need of this schema. Run after every migration of every owner. */
  grants: string;
}

/** Top of the repository. A container image that is laid out otherwise passes its own. */
export const REPOSITORY_ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** Every owner of a schema, in the order in which they are migrated: the views of `events` are read by `orders`. */
export function owners(root = REPOSITORY_ROOT): Owner[] {
  const owner = (schema: Owner['schema'], place: string): Owner => ({
    schema,
    migrations: join(root, place, 'prisma', 'migrations'),
    grants: join(root, place, 'prisma', 'grants.sql'),
  });
  return [
    owner('identity', 'apps/gateway'),
    owner('events', 'apps/events-service'),
    owner('orders', 'packages/order-core'),
  ];
}

/**
 * SHA-256 (hex) over every migration and every grants file: two trees with the same one make the same database. Names a
 * template database for tests, for instance.
 */
export async function databaseFingerprint(root = REPOSITORY_ROOT): Promise<string> {
  const hash = createHash('sha256');
  for (const { schema, migrations, grants } of owners(root)) {
    for (const { name, checksum } of await readMigrations(migrations)) hash.update(`${schema}/${name} ${checksum}\n`);
    hash.update(`${schema} grants ${await readFile(grants, 'utf8')}\n`);
  }
  return hash.digest('hex');
}
