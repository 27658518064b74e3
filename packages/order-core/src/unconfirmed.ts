import type pg from 'pg';

/** Something at the payment provider that we wait to hear of. */
export interface Unconfirmed {
  orderId: string;
  intentId: string;
}

/**
 * Takes up to `limit` payments that are neither paid nor cancelled, and whose order could still become paid, to ask the
 * provider about: those that were not asked about for `olderThanSeconds`. Processes that do it at once take different
 * ones.
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
         and p.created_at < now() - make_interval(secs => $1)
         and (p.checked_at is null or p.checked_at < now() - make_interval(secs => $1))
       order by p.created_at
       limit $2
       for update skip locked
     )
     returning order_id as "orderId", intent_id as "intentId"`,
    [olderThanSeconds, limit],
  );
  return rows;
}

/** The same for refunds that the provider took on and has not reported the end of. */
export async function claimRequestedRefunds(
  pool: pg.Pool,
  olderThanSeconds: number,
  limit: number,
): Promise<(Unconfirmed & { amount: number; currency: string })[]> {
  const { rows } = await pool.query<Unconfirmed & { amount: number; currency: string }>(
    `update refunds
     set checked_at = now()
     where (order_id, payment_intent_id) in (
       select r.order_id, r.payment_intent_id
       from refunds r
       join outbox x on x.key = 'refund:' || r.order_id || ':' || r.payment_intent_id and x.done_at is not null
       where r.status = 'requested'
         and r.created_at < now() - make_interval(secs => $1)
         and (r.checked_at is null or r.checked_at < now() - make_interval(secs => $1))
       order by r.created_at
       limit $2
       for update of r skip locked
     )
     returning order_id as "orderId", payment_intent_id as "intentId", amount, currency`,
    [olderThanSeconds, limit],
  );
  return rows;
}
