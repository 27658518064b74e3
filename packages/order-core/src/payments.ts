import { inTransaction } from '@ticketing/service-kit/postgres';
import type pg from 'pg';
import { insertEffects } from './outbox.ts';

/** What paying for an order would take. */
export type Payable =
  | {
      kind: 'payable';
      orderId: string;
      eventId: string;
      email: string;
      /** Minor units of `currency`. */
      total: number;
      currency: string;
      /** Part of the provider's idempotency key; a new attempt needs a new key. */
      attempt: number;
      /** The intent that is open already. */
      intentId: string | null;
      /** When the event begins; a payment that takes days must not be started shortly before. */
      startsAt: Date;
    }
  | { kind: 'not-payable'; status: string };

/** Whether an order can be paid now, and with which intent. Undefined if the buyer has no such order. */
export async function readPayable(pool: pg.Pool, orderId: string, buyerId: string): Promise<Payable | undefined> {
  const { rows } = await pool.query<PayableRow>({
    name: 'payable',
    text: `
      select
        o.id, o.event_id, o.email, o.status, o.total, o.currency,
        -- A key whose intent is over would replay that intent.
        o.payment_attempt + (
          select count(*)::int from payments c where c.order_id = o.id and c.status in ('cancelled', 'succeeded')
        ) as attempt,
        o.expires_at > now() as is_live,
        p.intent_id,
        (
          select min(e.starts_at)
          from order_lines l
          join events.sellable_ticket_types e on e.ticket_type_id = l.ticket_type_id
          where l.order_id = o.id
        ) as starts_at
      from orders o
      left join payments p on p.order_id = o.id and p.status in ('open', 'failed')
      where o.id = $1 and o.buyer_id = $2
      order by p.created_at desc
      limit 1`,
    values: [orderId, buyerId],
  });
  const [row] = rows;
  if (!row) return undefined;
  if (row.status !== 'pending' || !row.is_live) {
    return { kind: 'not-payable', status: row.status === 'pending' ? 'expired' : row.status };
  }
  const { email, total, currency } = row;
  return {
    kind: 'payable',
    orderId: row.id,
    eventId: row.event_id,
    email,
    total,
    currency,
    attempt: row.attempt,
    intentId: row.intent_id,
    startsAt: row.starts_at,
  };
}

interface PayableRow {
  id: string;
  event_id: string;
  email: string;
  status: string;
  total: number;
  currency: string;
  attempt: number;
  is_live: boolean;
  intent_id: string | null;
  starts_at: Date;
}

/** An intent that the provider made. */
export interface NewIntent {
  orderId: string;
  intentId: string;
  clientSecret: string | null;
  /** The provider's account that has it; null if that is not known. */
  accountId: string | null;
}

/**
 * Records an intent that the provider made, so that the hold is not released without asking about it. If the hold is
 * over by now, the intent is to be cancelled and the answer is false: nobody must be given the means to pay it.
 */
export async function recordIntent(
  pool: pg.Pool,
  { orderId, intentId, clientSecret, accountId }: NewIntent,
): Promise<boolean> {
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ is_live: boolean }>(
      `select status = 'pending' and expires_at > now() as is_live from orders where id = $1 for update`,
      [orderId],
    );
    await client.query(
      `insert into payments (order_id, intent_id, status, client_secret, account_id)
       values ($1, $2, 'open', $3, $4)
       on conflict (order_id, intent_id) do update
       set client_secret = excluded.client_secret, account_id = excluded.account_id`,
      [orderId, intentId, clientSecret, accountId],
    );
    const isLive = rows[0]?.is_live ?? false;
    if (!isLive) await insertEffects(client, [{ kind: 'cancel-payment', orderId, intentId }]);
    return isLive;
  });
}

/**
 * Ends an attempt that the provider refused: the next one gets a new idempotency key, since the old one would replay the
 * refusal (https://docs.stripe.com/api/idempotent_requests).
 */
export async function endAttempt(pool: pg.Pool, orderId: string): Promise<void> {
  await pool.query('update orders set payment_attempt = payment_attempt + 1 where id = $1', [orderId]);
}

/** The provider's account that has an intent of ours; null if that was not known when it was made. */
export async function accountOfIntent(
  pool: pg.Pool,
  { orderId, intentId }: { orderId: string; intentId: string },
): Promise<string | null> {
  const { rows } = await pool.query<{ account_id: string | null }>(
    'select account_id from payments where order_id = $1 and intent_id = $2',
    [orderId, intentId],
  );
  return rows[0]?.account_id ?? null;
}

/** The order that an intent was made for: for reports of the provider that carry no order id. */
export async function orderOfIntent(pool: pg.Pool, intentId: string): Promise<string | undefined> {
  const { rows } = await pool.query<{ order_id: string }>(
    'select order_id from payments where intent_id = $1 order by created_at desc limit 1',
    [intentId],
  );
  return rows[0]?.order_id;
}

/**
 * Keeps a report that the provider signed and that can never settle, with its reason, for a person to look at. The same
 * report twice is one row; returns whether it is new.
 */
export async function keepRejected(
  pool: pg.Pool,
  report: { eventId: string; type: string; reason: string; content: unknown; orderId?: string; intentId?: string },
): Promise<boolean> {
  const { eventId, type, reason, content, orderId = null, intentId = null } = report;
  const { rowCount } = await pool.query(
    `insert into payment_events (event_id, type, result, reason, outcome, order_id, payment_intent_id)
     values ($1, $2, 'rejected', $3, $4, $5, $6)
     on conflict (event_id) do nothing`,
    [eventId, type, storable(reason), JSON.stringify(content, storableJson), orderId, intentId],
  );
  return rowCount === 1;
}

/** Postgres stores neither NUL nor half a surrogate pair; a report that has them, in a name even, is kept all the same. */
function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD');
}

function storableJson(_key: string, value: unknown): unknown {
  if (typeof value === 'string') return storable(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [storable(name), inner as unknown]));
}
