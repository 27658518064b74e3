import type pg from 'pg';

/** Something at the payment provider that we wait to hear of. */
export interface Unconfirmed {
  orderId: string;
  intentId: string;
  /** The provider's account that has the intent; null if that was not known when it was made. */
  accountId: string | null;
}

/**
 * Takes up to `limit` payments that are neither paid nor cancelled, and whose order could still become paid, to ask the
 * provider about: those that were not asked about for `olderThanSeconds`, those first that were asked about longest ago, so
 * that each has its turn. Processes that do it at once take different ones.
 */
export async function claimOpenPayments(
  pool: pg.Pool,
  olderThanSeconds: number,
  limit: number,
): Promise<Unconfirmed[]> {
  const { rows } = await pool.query<Unconfirmed>(
    `update payments
     set checked_at = now()
     where (order_id, intent_id) in (
       select p.order_id, p.intent_id
       from payments p
       where p.status in ('open', 'failed')
         and coalesce(p.checked_at, p.created_at) <= now() - make_interval(secs => $1)
       order by coalesce(p.checked_at, p.created_at)
       limit $2
       for update skip locked
     )
     returning order_id as "orderId", intent_id as "intentId", account_id as "accountId"`,
    [olderThanSeconds, limit],
  );
  return rows;
}

/** The same for payments with refunds that the provider took on and has not reported the end of. */
export async function claimPendingRefunds(
  pool: pg.Pool,
  olderThanSeconds: number,
  limit: number,
): Promise<Omit<Unconfirmed, 'accountId'>[]> {
  const { rows } = await pool.query<Omit<Unconfirmed, 'accountId'>>(
    `update payment_refunds
     set checked_at = now()
     where id in (
       select r.id
       from payment_refunds r
       where r.status in ('requested', 'pending')
         and coalesce(r.checked_at, r.created_at) <= now() - make_interval(secs => $1)
         -- As long as we have not asked for it, there is nothing to hear of.
         and not exists (
           select from outbox x
           where x.order_id = r.order_id and x.kind = 'refund' and x.done_at is null
             and x.payload ->> 'intentId' = r.payment_intent_id
         )
       order by coalesce(r.checked_at, r.created_at)
       limit $2
       for update skip locked
     )
     returning order_id as "orderId", payment_intent_id as "intentId"`,
    [olderThanSeconds, limit],
  );
  return rows;
}
