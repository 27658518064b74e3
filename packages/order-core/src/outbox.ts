import { currentTraceparent } from '@ticketing/service-kit/trace';
import type pg from 'pg';
import { v7 as uuidv7 } from 'uuid';

/** Something that must happen outside the database. */
export type Effect =
  /**
   * Give money of a payment intent back: how much says the refund's row by then. `amount`, in minor units of `currency`,
   * and a missing `refundId` are the release before's.
   */
  | {
      kind: 'refund';
      orderId: string;
      intentId: string;
      amount: number;
      currency: string;
      reason: string;
      refundId?: string;
    }
  /** Ask which refunds of a payment intent there are, because of a report that does not say. */
  | { kind: 'read-refunds'; orderId: string; intentId: string; eventId: string }
  /** Cancel a payment intent whose order's hold is over, or settle it if the money came after all. */
  | { kind: 'cancel-payment'; orderId: string; intentId: string }
  /** Write to the buyer; one mail for each order and occasion, or for each payment of it. */
  | {
      kind: 'mail';
      mail: MailOccasion;
      orderId: string;
      intentId?: string;
      refundId?: string;
      /** Told when the provider has taken the refund on, and how much that is; or without, after `AMOUNT_PATIENCE_MS`. */
      waitsForRefund?: boolean;
    };
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

/** How long an effect that was handed out, or begun, is left to its process: longer than any call's time-out. */
const LEASE_SECONDS = 60;

/** How long a mail about a refund waits for the provider to take it on; whoever waits longer is told without the amount. */
export const AMOUNT_PATIENCE_MS = 10 * 60_000;

/** The trace that each order's transaction is part of, where one transaction serves many. */
export type Traceparents = ReadonlyMap<string, string | undefined>;

/**
 * Writes effects in the transaction that decided them. The same effect asked for twice is one row; a payment that is to be
 * cancelled is tried again where that was done before. They are carried out
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
      insert into outbox (id, kind, key, order_id, payload, run_at)
      select id, kind, key, order_id, payload, now() + make_interval(secs => delay_ms / 1000.0)
      from unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::jsonb[], $6::int[])
        as e (id, kind, key, order_id, payload, delay_ms)
      on conflict (key) do update
      set done_at = null, run_at = now(), failures = 0
      -- Asked for again, since it has left the payment open: a key must not stop a second try.
      where outbox.kind = 'cancel-payment' and outbox.done_at is not null`,
    values: [
      effects.map(() => uuidv7()),
      effects.map(({ kind }) => kind),
      effects.map(keyOf),
      effects.map(({ orderId }) => orderId),
      // Where telemetry is off, a caller's traceparent is passed on all the same.
      effects.map((effect) => JSON.stringify({ ...effect, traceparent: traceparents?.get(effect.orderId) ?? current })),
      effects.map((effect) => (effect.kind === 'mail' && effect.waitsForRefund ? AMOUNT_PATIENCE_MS : 0)),
    ],
  });
}

function keyOf(effect: Effect): string {
  const { kind, orderId, intentId } = effect;
  const what = kind === 'mail' ? `mail:${effect.mail}` : kind;
  // A buyer is told once that a payment's money is back; the release before gives that mail the same key.
  const which = kind === 'read-refunds' ? effect.eventId : kind === 'refund' ? effect.refundId : undefined;
  return [what, orderId, intentId, which].filter((part) => part !== undefined).join(':');
}

/** Payments that something was heard of. */
type Payments = { orderId: string; intentId: string }[];

/**
 * Makes unfinished effects at the provider due at once that have to do with these payments, parked ones too, and gives
 * them all their attempts again: something was heard that they may have waited for.
 */
export async function rearmEffects(client: pg.ClientBase, payments: Payments): Promise<void> {
  if (payments.length === 0) return;
  await client.query({
    name: 'rearm-outbox',
    text: `
      update outbox x
      set run_at = now(), parked_at = null, failures = 0
      from unnest($1::uuid[], $2::text[]) as p (order_id, intent_id)
      where x.order_id = p.order_id
        and x.payload ->> 'intentId' = p.intent_id
        and x.kind in ('refund', 'cancel-payment', 'read-refunds')
        and x.done_at is null and (x.run_at > now() or x.parked_at is not null)`,
    values: [payments.map(({ orderId }) => orderId), payments.map(({ intentId }) => intentId)],
  });
  await client.query({
    name: 'rearm-mails',
    text: `
      update outbox
      set run_at = now()
      where key = any($1::text[]) and done_at is null and parked_at is null and run_at > now()`,
    values: [payments.flatMap(mailsOfRefunds)],
  });
}

/** Keys of mails that tell how much goes back, which they wait to know. */
function mailsOfRefunds({ orderId, intentId }: Payments[number]): string[] {
  return [
    keyOf({ kind: 'mail', mail: 'event-cancelled', orderId }),
    keyOf({ kind: 'mail', mail: 'payment-late', orderId, intentId }),
    keyOf({ kind: 'mail', mail: 'refunded', orderId, intentId }),
  ];
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
    text: 'update outbox set done_at = now(), locked_until = null, parked_at = null, fault = null, last_error = null where id = $1',
    values: [id],
  });
}

/**
 * What an attempt failed by. `object`: an answer about this very thing, which uses up one of its attempts. `infrastructure`:
 * whatever all such effects need is unavailable, misconfigured or out of money; tried for as long as it lasts. `waiting`:
 * nothing failed, but somebody else has to come to an end first. `permanent`: trying again cannot help.
 */
export type EffectFault = 'object' | 'infrastructure' | 'waiting' | 'permanent';

/** Answers about the thing itself after which a row is parked for a person to look at: with the backoff, after hours. */
export const MAX_FAILURES = 20;
const BACKOFF_BASE_MS = 1_000;
const MAX_BACKOFF_MS: Record<EffectFault, number> = {
  object: 30 * 60_000,
  infrastructure: 60_000,
  waiting: 30 * 60_000,
  permanent: 0,
};

/**
 * Puts an effect off, or parks it: after its last attempt, or at once if trying again cannot help. Answers about the thing
 * itself double the wait each time; otherwise the wait grows with the effect's age. All with jitter.
 */
export async function retryEffect(
  pool: pg.Pool,
  { id, attempt }: BegunEffect,
  { error, fault }: { error: string; fault: EffectFault },
): Promise<'later' | 'parked' | 'overtaken'> {
  // An attempt that took longer than its lease may have been overtaken by another one, whose word counts.
  const { rows } = await pool.query<{ isParked: boolean }>(
    `update outbox x
     set locked_until = null,
         last_error = $2,
         fault = case when $3 = 'permanent' then 'object' else $3 end,
         failures = n.failures,
         run_at = now() + make_interval(secs => n.delay_ms / 1000 * (0.5 + random() / 2)),
         parked_at = case when $3 = 'permanent' or ($3 = 'object' and n.failures % $4 = 0) then now() end
     from (
       select
         id,
         failures + case when $3 in ('object', 'permanent') then 1 else 0 end as failures,
         least($6, case $3
           when 'object' then $5 * 2 ^ (failures % $4)
           else greatest($5, extract(epoch from now() - created_at) * 1000 / 4)
         end)::float8 as delay_ms
       from outbox
       where id = $1
     ) n
     where x.id = n.id and x.attempts = $7 and x.done_at is null
     returning x.parked_at is not null as "isParked"`,
    [id, error.slice(0, MAX_ERROR_LENGTH), fault, MAX_FAILURES, BACKOFF_BASE_MS, MAX_BACKOFF_MS[fault], attempt],
  );
  const [row] = rows;
  if (!row) return 'overtaken';
  return row.isParked ? 'parked' : 'later';
}

const MAX_ERROR_LENGTH = 1_000;
