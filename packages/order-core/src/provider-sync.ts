import pg from 'pg';

/** A moment that no caller's clock is asked for: the database's. */
export async function databaseNow(pool: pg.Pool): Promise<Date> {
  const { rows } = await pool.query<{ now: Date }>('select now() as now');
  return rows[0]?.now ?? new Date();
}

/** How far what the provider has was gone through, by resource; nothing for those that never were. */
export async function readSyncedUntil(pool: pg.Pool): Promise<Map<string, Date>> {
  const { rows } = await pool.query<{ resource: string; until: Date }>(
    'select resource, synced_until as until from provider_sync',
  );
  return new Map(rows.map(({ resource, until }) => [resource, until]));
}

/** Seconds since that of these was gone through that waits longest; undefined if one never was. */
export async function readSyncAge(pool: pg.Pool, resources: readonly string[]): Promise<number | undefined> {
  const { rows } = await pool.query<{ age: number; count: number }>(
    `select extract(epoch from now() - min(synced_until))::float8 as age, count(*)::int as count
     from provider_sync
     where resource = any($1::text[])`,
    [resources],
  );
  const [row] = rows;
  return row?.count === resources.length ? row.age : undefined;
}

/**
 * Notes that all of a resource from `since` to `until` was gone through. What lies between an earlier end and `since` is
 * still to be done, so nothing is noted then; nor does it ever go back.
 */
export async function writeSyncedUntil(
  pool: pg.Pool,
  { resource, since, until }: { resource: string; since: Date; until: Date },
): Promise<void> {
  await pool.query(
    `insert into provider_sync as s (resource, synced_until)
     values ($1, $2)
     on conflict (resource) do update set synced_until = excluded.synced_until
     where s.synced_until between $3 and excluded.synced_until`,
    [resource, until, since],
  );
}

/** Any number that nothing else in this database locks. */
const SYNC_LOCK = 72_707_390;

/**
 * Does something of which one process at a time is enough; undefined if another one is at it, and is still after so many
 * `attempts` to wait for it, of some seconds each (the pool's `lock_timeout`). The lock belongs to a connection of its own,
 * so that it ends with the process, whatever becomes of that, and takes none from the pool.
 */
export async function withSyncLock<Result>(
  pool: pg.Pool,
  work: () => Promise<Result>,
  attempts = 0,
): Promise<Result | undefined> {
  const client = new pg.Client(pool.options);
  // A connection that breaks fails its next query; unheard, it would end the process as well.
  client.on('error', () => undefined);
  await client.connect();
  try {
    let isMine = await tryLock(client);
    for (let attempt = 0; !isMine && attempt < attempts; attempt++) isMine = await waitForLock(client);
    return isMine ? await work() : undefined;
  } finally {
    await client.end();
  }
}

async function tryLock(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ isMine: boolean }>('select pg_try_advisory_lock($1) as "isMine"', [SYNC_LOCK]);
  return rows[0]?.isMine ?? false;
}

async function waitForLock(client: pg.Client): Promise<boolean> {
  try {
    await client.query('select pg_advisory_lock($1)', [SYNC_LOCK]);
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code === LOCK_NOT_AVAILABLE) return false;
    throw error;
  }
}

/** SQLSTATE of a lock that was waited for for too long. */
const LOCK_NOT_AVAILABLE = '55P03';
