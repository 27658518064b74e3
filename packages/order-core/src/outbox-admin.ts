import { present } from '@ticketing/service-kit/present';
import type pg from 'pg';
import type { EffectKind } from './outbox.ts';
import { IS_FAILED } from './refund-admin.ts';

/** What monitoring asks of the outbox. */
export interface OutboxState {
  /** Age of the oldest effect that is neither done nor parked, nor waits for the provider, in seconds; 0 if there is none. */
  oldestUnfinishedSeconds: number;
  /** Effects that were given up and wait for a person. */
  parked: number;
  /** Effects whose last attempt found what all of them need unavailable, misconfigured or out of money. */
  blocked: number;
  /** Effects that the provider has to come to an end for first, such as a debit that is being processed. */
  waiting: number;
  /** Refunds that failed at the provider, and whose money has not gone back in another way. */
  refundsFailed: number;
}

export async function readOutboxState(pool: pg.Pool): Promise<OutboxState> {
  const { rows } = await pool.query<OutboxState>(
    `select
       coalesce(
         extract(epoch from now() - min(created_at) filter (where parked_at is null and fault is distinct from 'waiting')),
         0
       )::float8 as "oldestUnfinishedSeconds",
       (count(*) filter (where parked_at is not null))::int as parked,
       (count(*) filter (where parked_at is null and fault = 'infrastructure'))::int as blocked,
       (count(*) filter (where parked_at is null and fault = 'waiting'))::int as waiting,
       (select count(*)::int from payment_refunds r where ${IS_FAILED}) as "refundsFailed"
     from outbox
     where done_at is null`,
  );
  return present(rows[0]);
}

export const EFFECT_STATES = ['parked', 'waiting', 'done'] as const;
export type EffectState = (typeof EFFECT_STATES)[number];

/** A row of the outbox, for a person to look at. */
export interface ListedEffect {
  id: string;
  kind: EffectKind;
  /** What makes it this effect and no other: kind, order, payment. */
  key: string;
  orderId: string;
  state: EffectState;
  attempts: number;
  createdAt: Date;
  /** When the next attempt is due, of one that waits. */
  runAt: Date;
  lastError: string | null;
}

export interface EffectFilter {
  states: EffectState[];
  kind?: EffectKind | undefined;
  orderId?: string | undefined;
  ids?: string[] | undefined;
}

const STATE = `case when done_at is not null then 'done' when parked_at is not null then 'parked' else 'waiting' end`;

/** What a filter means in SQL, for the parameters of `filterValues`. */
const FILTER = `
  ${STATE} = any($1::text[])
  and ($2::text is null or kind = $2)
  and ($3::uuid is null or order_id = $3)
  and ($4::uuid[] is null or id = any($4))`;

function filterValues({ states, kind, orderId, ids }: EffectFilter): unknown[] {
  return [states, kind ?? null, orderId ?? null, ids ?? null];
}

/** Effects, oldest first. Unfinished ones are few; those that are done may be many. */
export async function listEffects(pool: pg.Pool, filter: EffectFilter, limit: number): Promise<ListedEffect[]> {
  const { rows } = await pool.query<ListedEffect>(
    `select
       id, kind, key, order_id as "orderId", ${STATE} as state, attempts,
       created_at as "createdAt", run_at as "runAt", last_error as "lastError"
     from outbox
     where ${FILTER}
     order by id
     limit $5`,
    [...filterValues(filter), limit],
  );
  return rows;
}

/** Makes parked effects due at once, and returns their ids. */
export async function retryParked(pool: pg.Pool, filter: Omit<EffectFilter, 'states'>): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(
    `update outbox
     set parked_at = null, locked_until = null, run_at = now(), failures = 0
     where ${FILTER}
     returning id`,
    filterValues({ ...filter, states: ['parked'] }),
  );
  return rows.map(({ id }) => id);
}
