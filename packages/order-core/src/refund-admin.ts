import { inTransaction } from '@ticketing/service-kit/postgres';
import { present } from '@ticketing/service-kit/present';
import type { RefundReason } from '@ticketing/types/order';
import type pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { writeLedger } from './ledger.ts';
import { lockOrders } from './lock-orders.ts';
import { insertEffects } from './outbox.ts';
import { followMoney, refundsOf, reopen, sentBack, setState } from './refund-rules.ts';
import { refundEffect } from './refund.ts';
import { openLedger } from './settle.ts';
import type { Ledger, RefundState, SettlingOrder, SettlingRefund } from './settling.ts';

/** In SQL, of a refund `r`: it failed, and its money has not gone back in another way since. */
export const IS_FAILED = `(
  r.status = 'failed' and (
    select coalesce(sum(other.amount), 0)
    from payment_refunds other
    where other.order_id = r.order_id and other.payment_intent_id = r.payment_intent_id and other.status <> 'failed'
  ) < (select total from orders where id = r.order_id)
)`;

/** In SQL, of a refund `r`: the keys that its job may have; the second one is the release before's. */
const EFFECT_KEYS = `(
  'refund:' || r.order_id || ':' || r.payment_intent_id || ':' || r.id,
  'refund:' || r.order_id || ':' || r.payment_intent_id
)`;

/** Money that cannot move without a person: a refund, or the cancellation of a payment whose hold is over. */
export interface StuckPayment {
  kind: 'refund' | 'cancel-payment';
  /** The refund's id, or the payment intent's. */
  id: string;
  orderId: string;
  intentId: string;
  /** Minor units of `currency`: what is to go back, or the order's total. */
  amountMinor: number;
  currency: string;
  reason: RefundReason | null;
  /** `failed`: the provider says so, for now or for good. `parked`: given up here. */
  state: 'failed' | 'parked';
  since: Date;
  lastError: string | null;
}

/** Refunds that failed or were given up, and cancellations that were given up; the oldest first. */
export async function listStuck(pool: pg.Pool, limit: number): Promise<StuckPayment[]> {
  const { rows } = await pool.query<StuckPayment>(
    `select 'refund' as kind, r.id::text, r.order_id as "orderId", r.payment_intent_id as "intentId",
       r.amount as "amountMinor", r.currency, r.reason, case when r.status = 'failed' then 'failed' else 'parked' end as state, r.created_at as since,
       x.last_error as "lastError"
     from payment_refunds r
     left join outbox x
       on x.order_id = r.order_id and x.kind = 'refund' and x.done_at is null and x.key in ${EFFECT_KEYS}
     where (r.status = 'failed' and ${IS_FAILED}) or (r.status = 'requested' and x.parked_at is not null)
     union all
     select 'cancel-payment', x.payload ->> 'intentId', x.order_id, x.payload ->> 'intentId', o.total, o.currency,
       null, 'parked', x.created_at, x.last_error
     from outbox x
     join orders o on o.id = x.order_id
     where x.kind = 'cancel-payment' and x.done_at is null and x.parked_at is not null
     order by since
     limit $1`,
    [limit],
  );
  return rows;
}

/** What a person decided, and who. */
export interface Decision {
  action: 'retry' | 'settle-elsewhere';
  /** The refund's id, or the payment intent's. */
  id: string;
  actor: string;
  note: string | null;
}

/** What became of a decision. */
export type Decided =
  | { kind: 'done'; orderId: string; subject: 'refund' | 'cancel-payment' }
  /** There is no such refund or cancellation, or it is not stuck (any more). */
  | { kind: 'not-stuck' };

/**
 * Carries out what a person decided about stuck money, and keeps who and why. `retry`: the provider is asked again, with
 * all attempts. `settle-elsewhere`: the money went back in another way, or, of a cancellation, the payment can never
 * succeed; nothing is asked of the provider any more.
 */
export async function decideStuck(pool: pg.Pool, decision: Decision): Promise<Decided> {
  const { rows } = await pool.query<{ orderId: string; isRefund: boolean }>(
    `select order_id as "orderId", true as "isRefund" from payment_refunds where id::text = $1
     union all
     select order_id, false from outbox
     where kind = 'cancel-payment' and payload ->> 'intentId' = $1 and done_at is null and parked_at is not null
     limit 1`,
    [decision.id],
  );
  const [found] = rows;
  if (!found) return { kind: 'not-stuck' };
  const { orderId, isRefund } = found;
  return inTransaction(pool, async (client) => {
    const orders = await lockOrders(client, [orderId]);
    const isDone = isRefund
      ? await decideRefund(client, orders, decision)
      : await decideCancellation(client, orderId, decision);
    if (!isDone) return { kind: 'not-stuck' };
    const subject = isRefund ? 'refund' : 'cancel-payment';
    await client.query(
      `insert into interventions (id, order_id, subject, action, actor, note) values ($1, $2, $3, $4, $5, $6)`,
      [uuidv7(), orderId, `${subject}:${decision.id}`, decision.action, decision.actor, decision.note],
    );
    return { kind: 'done', orderId, subject };
  });
}

async function decideRefund(
  client: pg.ClientBase,
  orders: Map<string, SettlingOrder>,
  { id, action }: Decision,
): Promise<boolean> {
  const ledger = await openLedger(client, orders);
  const before = structuredClone(orders);
  const refund = [...ledger.refunds.values()].flat().find((one) => one.id === id);
  if (!refund || !(await isStuck(client, refund))) return false;
  if (action === 'retry') retry(refund, ledger);
  else settleElsewhere(refund, ledger);
  await writeLedger(client, ledger, before);
  const isRetry = action === 'retry';
  const { rowCount } = await client.query(
    `update outbox
     set done_at = case when $2 then null else now() end, parked_at = null, run_at = now(), failures = 0, fault = null
     where key = any($1::text[]) and (done_at is null or $2)`,
    [effectKeys(refund), isRetry],
  );
  // One that was made by hand has no job yet.
  if (isRetry && rowCount === 0) await insertEffects(client, [refundEffect(refund)]);
  return true;
}

/** The job's key, and the one that the release before gave it. */
function effectKeys({ orderId, paymentIntentId, id }: SettlingRefund): string[] {
  const key = `refund:${orderId}:${paymentIntentId}`;
  return [`${key}:${id}`, key];
}

async function isStuck(client: pg.ClientBase, { id, status, orderId }: SettlingRefund): Promise<boolean> {
  const stuck: RefundState[] = ['failed', 'requested'];
  if (!stuck.includes(status)) return false;
  const { rows } = await client.query<{ isStuck: boolean }>(
    `select ${IS_FAILED} or exists (
       select from outbox x
       where x.order_id = $2 and x.kind = 'refund' and x.done_at is null and x.parked_at is not null
         and x.key in ${EFFECT_KEYS}
     ) as "isStuck"
     from payment_refunds r
     where r.id = $1`,
    [id, orderId],
  );
  return rows[0]?.isStuck ?? false;
}

/** Asks for a refund anew; it is smaller if some went back by hand since. */
function retry(refund: SettlingRefund, ledger: Ledger): void {
  const others = refundsOf(ledger, refund).filter((other) => other !== refund);
  const left = present(ledger.orders.get(refund.orderId)).total - sentBack(others);
  if (left > 0) refund.amount = Math.min(refund.amount, left);
  reopen(refund);
}

function settleElsewhere(refund: SettlingRefund, ledger: Ledger): void {
  setState(refund, 'settled-elsewhere');
  const order = present(ledger.orders.get(refund.orderId));
  if (order.paidIntentId === refund.paymentIntentId) followMoney(order, ledger);
}

async function decideCancellation(client: pg.ClientBase, orderId: string, { id, action }: Decision): Promise<boolean> {
  const isRetry = action === 'retry';
  const { rowCount } = await client.query(
    `update outbox
     set done_at = case when $3 then null else now() end, parked_at = null, run_at = now(), failures = 0, fault = null
     where order_id = $1 and kind = 'cancel-payment' and payload ->> 'intentId' = $2
       and done_at is null and parked_at is not null`,
    [orderId, id, isRetry],
  );
  if (rowCount === 0) return false;
  if (!isRetry) {
    // The hold ends with the next sweep. If the money comes after all, it is a late payment like any other.
    await client.query(
      `update payments set status = 'cancelled' where order_id = $1 and intent_id = $2 and status in ('open', 'failed')`,
      [orderId, id],
    );
  }
  return true;
}
