import type { Rule } from '../world.ts';

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
    find: ({ database }) => [
      ...database.orders
        .filter(({ status }) => status === 'refunding')
        .map(({ id }) => `order ${id} is still refunding`),
      ...database.refunds
        .filter(({ status }) => status !== 'succeeded')
        .map(({ orderId, intentId, status }) => `the refund of ${intentId}, order ${orderId}, is ${status}`),
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
