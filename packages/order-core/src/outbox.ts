import type pg from 'pg';
import { v7 as uuidv7 } from 'uuid';

/** Something that must happen outside the database. */
export type Effect =
  /** Give the money of a payment intent back; `amount` in minor units of `currency`. */
  | { kind: 'refund'; orderId: string; intentId: string; amount: number; currency: string; reason: string }
  /** Cancel a payment intent whose order's hold is over, or settle it if the money came after all. */
  | { kind: 'cancel-payment'; orderId: string; intentId: string };

export interface DueEffect {
  id: string;
  /** 1 for the first attempt. */
  attempt: number;
  effect: Effect;
}

/** After this many attempts a row is parked for a person to look at. With the backoff below, about eight hours. */
export const MAX_ATTEMPTS = 20;
const BACKOFF_BASE_MS = 1_000;
const BACKOFF_MAX_MS = 30 * 60_000;
/** How long one attempt may take before another process may try; longer than any call's time-out. */
const LEASE_SECONDS = 60;

/** Writes effects in the transaction that decided them. The same effect asked for twice is one row. */
export async function insertEffects(client: pg.ClientBase, effects: Effect[]): Promise<void> {
  if (effects.length === 0) return;
  await client.query({
    name: 'insert-outbox',
    text: `
      insert into outbox (id, kind, key, order_id, payload)
      select * from unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::jsonb[])
      on conflict (key) do nothing`,
    values: [
      effects.map(() => uuidv7()),
      effects.map(({ kind }) => kind),
      effects.map(({ kind, orderId, intentId }) => `${kind}:${orderId}:${intentId}`),
      effects.map(({ orderId }) => orderId),
      effects.map((effect) => JSON.stringify(effect)),
    ],
  });
}

/** Takes up to `limit` due effects for this process; they come back to others if it dies. */
export async function claimEffects(pool: pg.Pool, limit: number): Promise<DueEffect[]> {
  const { rows } = await pool.query<{ id: string; attempts: number; payload: Effect }>(
    `update outbox
     set attempts = attempts + 1, locked_until = now() + make_interval(secs => $2)
     where id in (
       select id
       from outbox
       where done_at is null and parked_at is null and run_at <= now()
         and (locked_until is null or locked_until < now())
       order by run_at
       limit $1
       for update skip locked
     )
     returning id, attempts, payload`,
    [limit, LEASE_SECONDS],
  );
  return rows.map(({ id, attempts, payload }) => ({ id, attempt: attempts, effect: payload }));
}

/** Marks an effect as carried out. */
export async function finishEffect(pool: pg.Pool, id: string): Promise<void> {
  await pool.query('update outbox set done_at = now(), locked_until = null, last_error = null where id = $1', [id]);
}

/** Puts a failed effect off, doubling the wait each time with jitter, or parks it after the last attempt. */
export async function retryEffect(
  pool: pg.Pool,
  { id, attempt }: DueEffect,
  error: string,
): Promise<'later' | 'parked'> {
  const isLast = attempt >= MAX_ATTEMPTS;
  const ceilingMs = Math.min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** (attempt - 1));
  const delayMs = ceilingMs / 2 + (Math.random() * ceilingMs) / 2;
  await pool.query(
    `update outbox
     set locked_until = null,
         last_error = $2,
         run_at = now() + make_interval(secs => $3),
         parked_at = case when $4 then now() end
     where id = $1`,
    [id, error.slice(0, 1_000), delayMs / 1000, isLast],
  );
  return isLast ? 'parked' : 'later';
}

/** What monitoring asks of the outbox. */
export interface OutboxState {
  /** Age of the oldest effect that is neither done nor parked, in seconds; 0 if there is none. */
  oldestUnfinishedSeconds: number;
  /** Effects that were given up and wait for a person. */
  parked: number;
}

export async function readOutboxState(pool: pg.Pool): Promise<OutboxState> {
  const { rows } = await pool.query<OutboxState>(
    `select
       coalesce(extract(epoch from now() - min(created_at) filter (where parked_at is null)), 0)::float8
         as "oldestUnfinishedSeconds",
       (count(*) filter (where parked_at is not null))::int as parked
     from outbox
     where done_at is null`,
  );
  return rows[0] ?? { oldestUnfinishedSeconds: 0, parked: 0 };
}
