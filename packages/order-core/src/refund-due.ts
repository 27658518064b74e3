import { inTransaction } from '@ticketing/service-kit/postgres';
import type pg from 'pg';
import { lockOrders } from './lock-orders.ts';
import type { Effect } from './outbox.ts';
import { readRefunds, writeRefunds } from './refund-rows.ts';
import { refundsOf } from './refund-rules.ts';
import type { SettlingRefund } from './settling.ts';

/** A refund that the provider is to be asked for. */
export type DueRefund = Pick<
  SettlingRefund,
  'id' | 'orderId' | 'paymentIntentId' | 'formerProviderRefundIds' | 'amount' | 'currency' | 'reason'
>;

/**
 * What is to be refunded as things stand now: less than was asked for if some of it went back by hand meanwhile. Undefined
 * if nothing is to be done any more: the provider has it, or a person has settled it elsewhere.
 */
export async function readDueRefund(
  pool: pg.Pool,
  { orderId, intentId, refundId }: Extract<Effect, { kind: 'refund' }>,
): Promise<DueRefund | undefined> {
  return inTransaction(pool, async (client) => {
    const orders = await lockOrders(client, [orderId]);
    const refunds = await readRefunds(client, [...orders.keys()]);
    // An effect of the release before may have no row here yet.
    await writeRefunds(client, refunds.values());
    return refundsOf({ refunds }, { orderId, paymentIntentId: intentId }).find(
      ({ id, status, providerRefundId }) =>
        status === 'requested' && providerRefundId === null && (refundId === undefined || id === refundId),
    );
  });
}
