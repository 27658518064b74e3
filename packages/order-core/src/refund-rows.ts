import type pg from 'pg';
import { intentKey } from './refund-rules.ts';
import type { SettlingRefund } from './settling.ts';

/**
 * The refunds of some orders, which must be locked, by `intentKey`. What a replica of the release before has written to
 * its table since is taken over: rows that are missing here, and its word that one has succeeded.
 */
export async function readRefunds(client: pg.ClientBase, orderIds: string[]): Promise<Map<string, SettlingRefund[]>> {
  const { rows } = await client.query<SettlingRefund & { isBefore: boolean }>({
    name: 'refunds-of-orders',
    text: `
      select
        p.id,
        p.order_id as "orderId",
        p.payment_intent_id as "paymentIntentId",
        p.provider_refund_id as "providerRefundId",
        p.former_provider_refund_ids as "formerProviderRefundIds",
        p.amount,
        p.currency,
        p.reason,
        case when ${IS_DONE_BEFORE} then r.status else p.status end as status,
        ${IS_DONE_BEFORE} as "isBefore",
        p.created_at
      from payment_refunds p
      left join refunds r on r.order_id = p.order_id and r.payment_intent_id = p.payment_intent_id
      where p.order_id = any($1::uuid[])
      union all
      select
        gen_random_uuid(), r.order_id, r.payment_intent_id, null, '{}', r.amount, r.currency, r.reason, r.status, true,
        r.created_at
      from refunds r
      where r.order_id = any($1::uuid[])
        and not exists (
          select from payment_refunds p
          where p.order_id = r.order_id and p.payment_intent_id = r.payment_intent_id
        )
      order by created_at, id`,
    values: [orderIds],
  });
  const refunds = rows.map(({ isBefore, ...refund }) =>
    isBefore ? { ...refund, change: 'taken-over' as const } : refund,
  );
  return Map.groupBy(refunds, intentKey);
}

/**
 * In SQL: a replica of the release before has settled a refund of ours, in its table alone. Of several with one reason, its
 * single row does not tell which it is about.
 */
const IS_DONE_BEFORE = `(
  p.status in ('requested', 'pending') and r.status = 'succeeded' and r.reason = p.reason
  and not exists (
    select from payment_refunds other
    where other.order_id = p.order_id and other.payment_intent_id = p.payment_intent_id
      and other.reason = p.reason and other.id <> p.id
  )
)`;

/** Writes refunds that are new or changed; their orders must be locked. */
export async function writeRefunds(client: pg.ClientBase, refunds: Iterable<SettlingRefund[]>): Promise<void> {
  const changed = [...refunds].flat().filter(({ change }) => change !== undefined);
  if (changed.length === 0) return;
  await client.query({
    name: 'write-payment-refunds',
    text: `
      insert into payment_refunds as p (
        id, order_id, payment_intent_id, provider_refund_id, former_provider_refund_ids, amount, currency, reason, status
      )
      select u.id, u.order_id, u.intent_id, u.refund_id, u.former::text[], u.amount, u.currency, u.reason, u.status
      from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::int[], $7::text[], $8::text[], $9::text[])
        as u (id, order_id, intent_id, refund_id, former, amount, currency, reason, status)
      on conflict (id) do update
      set provider_refund_id = excluded.provider_refund_id,
          former_provider_refund_ids = excluded.former_provider_refund_ids,
          amount = excluded.amount,
          status = excluded.status`,
    values: [
      changed.map(({ id }) => id),
      changed.map(({ orderId }) => orderId),
      changed.map(({ paymentIntentId }) => paymentIntentId),
      changed.map(({ providerRefundId }) => providerRefundId),
      changed.map(({ formerProviderRefundIds }) => arrayLiteral(formerProviderRefundIds)),
      changed.map(({ amount }) => amount),
      changed.map(({ currency }) => currency),
      changed.map(({ reason }) => reason),
      changed.map(({ status }) => status),
    ],
  });
  await mirror(client, changed);
}

/** Ids at Stripe have no characters that an array's literal gives a meaning to; quoted all the same. */
function arrayLiteral(ids: string[]): string {
  return `{${ids.map((id) => `"${id.replaceAll(/["\\]/g, '\\$&')}"`).join(',')}}`;
}

/**
 * Keeps the table of the release before in step, which has one row for each payment: what we gave back, or all of it by
 * hand. A part that went back by hand has none there, or its replicas would give nothing back any more.
 */
async function mirror(client: pg.ClientBase, changed: SettlingRefund[]): Promise<void> {
  const rows = [...new Map(changed.map((refund) => [intentKey(refund), refund])).values()];
  await client.query({
    name: 'mirror-refunds',
    text: `
      insert into refunds as r (order_id, payment_intent_id, amount, currency, reason, status)
      select distinct on (p.order_id, p.payment_intent_id)
        p.order_id, p.payment_intent_id, p.amount, p.currency, p.reason,
        case p.status when 'pending' then 'requested' when 'settled-elsewhere' then 'succeeded' else p.status end
      from unnest($1::uuid[], $2::text[]) as u (order_id, intent_id)
      join payment_refunds p on p.order_id = u.order_id and p.payment_intent_id = u.intent_id
      join orders o on o.id = p.order_id
      where p.reason <> 'at-provider' or o.status in ('refunding', 'refunded')
      order by p.order_id, p.payment_intent_id, p.reason = 'at-provider', p.created_at desc, p.id desc
      on conflict (order_id, payment_intent_id) do update
      set amount = excluded.amount, reason = excluded.reason, status = excluded.status
      where (r.amount, r.reason, r.status) is distinct from (excluded.amount, excluded.reason, excluded.status)`,
    values: [rows.map(({ orderId }) => orderId), rows.map(({ paymentIntentId }) => paymentIntentId)],
  });
}
