import { currentTraceparent } from '@ticketing/service-kit/trace';
import type pg from 'pg';
import { v7 as uuidv7 } from 'uuid';

/** Something that must happen outside the database. */
export type Effect =
  /** Give the money of a payment intent back; `amount` in minor units of `currency`. */
  | { kind: 'refund'; orderId: string; intentId: string; amount: number; currency: string; reason: string }
  /** Cancel a payment intent whose order's hold is over, or settle it if the money came after all. */
  | { kind: 'cancel-payment'; orderId: string; intentId: string }
  /** Write to the buyer; one mail for each order, occasion and payment. */
  | { kind: 'mail'; mail: MailOccasion; orderId: string; intentId?: string };
export type EffectKind = Effect['kind'];

/** Why a buyer is written to. */
export type MailOccasion = 'tickets' | 'refunded' | 'event-cancelled' | 'payment-late';

/** An effect that this process may begin. */
export interface HandedEffect {
  id: string;
  /** Attempts that were begun before it was handed out. */
  attempts: number;
  kind: EffectKind;
}

/** An effect that was begun. */
export interface BegunEffect {
  id: string;
  /** 1 for the first attempt. */
  attempt: number;
  createdAt: Date;
  effect: Effect;
  /** The trace that asked for it. */
  traceparent: string | undefined;
}

/**
 * After this many attempts a row is parked for a person to look at. With the backoff below, about eight hours. A person
 * can have it tried as often again; attempts are counted on, since their numbers make the provider's idempotency keys.
 */
export const MAX_ATTEMPTS = 20;
const BACKOFF_BASE_MS = 1_000;
const BACKOFF_MAX_MS = 30 * 60_000;
/** How long an effect that was handed out, or begun, is left to its process: longer than any call's time-out. */
const LEASE_SECONDS = 60;

/** The trace that each order's transaction is part of, where one transaction serves many. */
export type Traceparents = ReadonlyMap<string, string | undefined>;

/**
 * Writes effects in the transaction that decided them. The same effect asked for twice is one row. They are carried out
 * in the trace of their order, or else of this code.
 */
export async function insertEffects(
  client: pg.ClientBase,
  effects: Effect[],
  traceparents?: Traceparents,
): Promise<void> {
  if (effects.length === 0) return;
  const current = currentTraceparent();
  await client.query({
    name: 'insert-outbox',
    text: `
      insert into outbox (id, kind, key, order_id, payload)
      select * from unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::jsonb[])
      on conflict (key) do nothing`,
    values: [
      effects.map(() => uuidv7()),
      effects.map(({ kind }) => kind),
      effects.map(keyOf),
      effects.map(({ orderId }) => orderId),
      // Where telemetry is off, a caller's traceparent is passed on all the same.
      effects.map((effect) => JSON.stringify({ ...effect, traceparent: traceparents?.get(effect.orderId) ?? current })),
    ],
  });
}

function keyOf(effect: Effect): string {
  const { kind, orderId, intentId } = effect;
  const what = kind === 'mail' ? `mail:${effect.mail}` : kind;
  return intentId === undefined ? `${what}:${orderId}` : `${what}:${orderId}:${intentId}`;
}

/**
 * Hands up to `limit` due effects of some kinds out to this process, which is to begin them soon: after a minute they
 * are handed out again. Handing out uses up no attempt, so a queue that is lost loses nothing.
 */
export async function handOutEffects(pool: pg.Pool, kinds: EffectKind[], limit: number): Promise<HandedEffect[]> {
  const { rows } = await pool.query<HandedEffect>({
    name: 'hand-out-effects',
    text: `
      update outbox
      set locked_until = now() + make_interval(secs => $3)
      where id in (
        select id
        from outbox
        where done_at is null and parked_at is null and run_at <= now() and kind = any($1::text[])
          and (locked_until is null or locked_until < now())
        order by run_at
        limit $2
        for update skip locked
      )
      returning id, attempts, kind`,
    values: [kinds, limit, LEASE_SECONDS],
  });
  return rows;
}

/** Makes effects that were handed out, and not begun, due for others at once. */
export async function giveBackEffects(pool: pg.Pool, effects: HandedEffect[]): Promise<void> {
  if (effects.length === 0) return;
  await pool.query(
    `update outbox o
     set locked_until = null
     from unnest($1::uuid[], $2::int[]) as g (id, attempts)
     where o.id = g.id and o.attempts = g.attempts`,
    [effects.map(({ id }) => id), effects.map(({ attempts }) => attempts)],
  );
}

/**
 * Begins an attempt. Undefined if somebody else has begun one since it was handed out, or it is done or parked: of any
 * number of processes that got the same effect, one begins it.
 */
export async function beginEffect(pool: pg.Pool, { id, attempts }: HandedEffect): Promise<BegunEffect | undefined> {
  const { rows } = await pool.query<{ payload: Effect & { traceparent?: string }; created_at: Date }>({
    name: 'begin-effect',
    text: `
      update outbox
      set attempts = attempts + 1, locked_until = now() + make_interval(secs => $3)
      where id = $1 and attempts = $2 and done_at is null and parked_at is null
      returning payload, created_at`,
    values: [id, attempts, LEASE_SECONDS],
  });
  const [row] = rows;
  if (!row) return undefined;
  const { traceparent, ...effect } = row.payload;
  return { id, attempt: attempts + 1, createdAt: row.created_at, effect, traceparent };
}

/** Marks an effect as carried out. */
export async function finishEffect(pool: pg.Pool, id: string): Promise<void> {
  await pool.query({
    name: 'finish-effect',
    text: 'update outbox set done_at = now(), locked_until = null, parked_at = null, last_error = null where id = $1',
    values: [id],
  });
}

/**
 * Puts a failed effect off, doubling the wait each time with jitter, or parks it: after the last attempt, or at once if
 * trying again cannot help.
 */
export async function retryEffect(
  pool: pg.Pool,
  { id, attempt }: BegunEffect,
  { error, isPermanent }: { error: string; isPermanent: boolean },
): Promise<'later' | 'parked' | 'overtaken'> {
  const isParked = isPermanent || attempt % MAX_ATTEMPTS === 0;
  const ceilingMs = Math.min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** ((attempt - 1) % MAX_ATTEMPTS));
  const delayMs = ceilingMs / 2 + (Math.random() * ceilingMs) / 2;
  // An attempt that took longer than its lease may have been overtaken by another one, whose word counts.
  const { rowCount } = await pool.query(
    `update outbox
     set locked_until = null,
         last_error = $2,
         run_at = now() + make_interval(secs => $3),
         parked_at = case when $4 then now() end
     where id = $1 and attempts = $5 and done_at is null`,
    [id, error.slice(0, MAX_ERROR_LENGTH), delayMs / 1000, isParked, attempt],
  );
  if (rowCount === 0) return 'overtaken';
  return isParked ? 'parked' : 'later';
}

const MAX_ERROR_LENGTH = 1_000;
