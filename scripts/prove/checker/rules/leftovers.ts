import { groupBy, sumOf } from '../group.ts';
import type { RefundRow, Rule, StripeBooks } from '../world.ts';

/** A payment that can still be made. */
const PAYABLE = ['requires_payment_method', 'requires_confirmation', 'requires_action', 'processing'];

/** What must not be left once all has settled. */
export const leftoverRules: Rule[] = [
  {
    name: 'no hold outlives its time',
    find: ({ database }) =>
      database.orders.filter(({ status }) => status === 'pending').map(({ id }) => `order ${id} is still pending`),
  },
  {
    name: 'no refund is left half done',
    find: ({ database, stripe }) => [
      ...database.orders
        .filter(({ status }) => status === 'refunding')
        .map(({ id }) => `order ${id} is still refunding`),
      ...findUnfinished(database.refunds, stripe).map(
        ({ id, orderId, intentId, status }) => `the refund ${id} of ${intentId}, order ${orderId}, is ${status}`,
      ),
    ],
  },
  {
    name: 'nothing to be done outside is left undone',
    find: ({ database }) =>
      database.outbox
        .filter(({ isDone, isParked }) => !isDone && !isParked)
        .map(
          ({ id, kind, orderId, lastError }) => `${kind} of order ${orderId} (${id}): ${lastError ?? 'never tried'}`,
        ),
  },
  {
    name: 'nobody can still pay for an order that is over',
    find: ({ database, stripe, history }) => {
      const status = new Map(database.orders.map((order) => [order.id, order.status]));
      const known = new Set([
        ...database.payments.map(({ intentId }) => intentId),
        ...history.filter(({ deed }) => deed !== 'foreign-intent').map(({ intentId }) => intentId),
      ]);
      const foreign = new Set(history.filter(({ deed }) => deed === 'foreign-intent').map(({ intentId }) => intentId));
      return stripe.intents
        .filter(({ id, status: intentStatus }) => PAYABLE.includes(intentStatus) && known.has(id) && !foreign.has(id))
        .filter(({ orderId }) => ['expired', 'cancelled'].includes(status.get(orderId ?? '') ?? ''))
        .map(({ id, orderId }) => `${id} of order ${orderId}, which is ${status.get(orderId ?? '')}`);
    },
  },
];

/** Refunds that are under way, or that failed and whose money has not gone back by another one. */
function findUnfinished(refunds: RefundRow[], stripe: StripeBooks): RefundRow[] {
  const received = new Map(stripe.intents.map(({ id, amountReceived }) => [id, amountReceived]));
  const succeeded = groupBy(
    refunds.filter(({ status }) => status === 'succeeded'),
    ({ intentId }) => intentId,
  );
  const isBack = (intentId: string) =>
    sumOf(succeeded.get(intentId) ?? [], ({ amount }) => amount) >= (received.get(intentId) ?? Infinity);
  return refunds.filter(({ status, intentId }) => status !== 'succeeded' && !(status === 'failed' && isBack(intentId)));
}
