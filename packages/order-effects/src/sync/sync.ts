import { databaseNow, readSyncedUntil, writeSyncedUntil } from '@ticketing/order-core/provider-sync';
import { RESOURCES, type Resource } from './list.ts';
import { startWalk, step, type Seen, type SyncOptions, type Walk } from './walk.ts';

/** How far back to begin where nothing was ever gone through. */
const FIRST_MS = 86_400_000;

/** What was seen of a resource. */
export interface Synced extends Seen {
  resource: Resource;
  since: Date;
}

/**
 * Goes through what Stripe has, made since a time, or since the last time (a day ago, if there was none), and settles or
 * keeps whatever the database does not know. Safe beside webhooks, workers and itself. Stripe has events of the last 30
 * days only; of older changes, it finds those of what was made since.
 */
export async function syncAll(
  options: SyncOptions,
  { since, onProgress }: { since: Date | undefined; onProgress: (synced: Synced) => void },
): Promise<Synced[]> {
  const { pool } = options.db;
  const now = await databaseNow(pool);
  const syncedUntil = await readSyncedUntil(pool);
  const result: Synced[] = [];
  for (const resource of RESOURCES) {
    const last = sinceLast(resource, syncedUntil, now);
    const walk = startWalk(resource, since ?? last, now);
    const synced: Synced = { resource, since: since ?? last, lookedAt: 0, foreign: 0, news: [] };
    while (!walk.isDone) {
      const seen = await step(options, walk);
      synced.lookedAt += seen.lookedAt;
      synced.foreign += seen.foreign;
      synced.news.push(...seen.news);
      onProgress(synced);
    }
    // What lies between the last time and `since` is still to be gone through.
    if (synced.since <= last) await finish(options, walk, synced.since);
    result.push(synced);
  }
  return result;
}

/** Where going through a resource has to begin. */
export function sinceLast(resource: Resource, syncedUntil: Map<string, Date>, now: Date): Date {
  return syncedUntil.get(resource) ?? new Date(now.getTime() - FIRST_MS);
}

/** Notes that a walk came to its end: only then, so that one that broke off is begun again. */
export async function finish(
  { db }: Pick<SyncOptions, 'db'>,
  { resource, startedAt: until }: Walk,
  since: Date,
): Promise<void> {
  await writeSyncedUntil(db.pool, { resource, since, until });
}
