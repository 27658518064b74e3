import { groupBy } from '../group.ts';
import type { RefundRow, Rule, StripeRefund, World } from '../world.ts';

/** Made by hand at Stripe, and asked for by nobody here. */
const BY_HAND = 'at-provider';

export const refundRules: Rule[] = [
  {
    name: 'each refund here is one at Stripe, with its amount and state, and the other way round',
    find: findUnlike,
  },
  {
    name: 'whoever keeps tickets got money back by hand only',
    find: ({ database }) => {
      const paid = new Map(database.orders.map((order) => [order.id, order]));
      return database.refunds
        .filter(({ orderId, intentId, reason }) => {
          const order = paid.get(orderId);
          return order?.status === 'paid' && order.paidIntentId === intentId && reason !== BY_HAND;
        })
        .map(
          ({ id, orderId, amount, reason }) => `order ${orderId} is paid, with ${amount} to go back (${id}, ${reason})`,
        );
    },
  },
  {
    name: 'only a refund that failed at Stripe is left to a person',
    find: ({ database, stripe, history }) => {
      const statusOf = new Map(stripe.refunds.map(({ id, status }) => [id, status]));
      const rows = new Map(database.refunds.map((row) => [row.id, row]));
      const decided = new Set(
        history.flatMap(({ deed, refundId }) => (deed === 'retry-refund' && refundId ? [refundId] : [])),
      );
      return [...decided]
        .filter((id) => {
          const { stripeId, formerStripeIds = [] } = rows.get(id) ?? {};
          return ![...formerStripeIds, stripeId].some((one) => isOver(statusOf.get(one ?? '')));
        })
        .map((id) => `refund ${id} of ${rows.get(id)?.intentId}, which never failed`);
    },
  },
  {
    name: 'replicas of the release before know of each refund of ours',
    find: findUnmirrored,
  },
];

function isOver(status: string | undefined): boolean {
  return status === 'failed' || status === 'canceled';
}

/** What a refund's status at Stripe is here (https://docs.stripe.com/api/refunds/object#refund_object-status). */
function stateOf({ status }: StripeRefund): string {
  if (isOver(status)) return 'failed';
  return status === 'requires_action' ? 'pending' : status;
}

function findUnlike({ database, stripe }: World): string[] {
  const atStripe = new Map(stripe.refunds.map((refund) => [refund.id, refund]));
  const kept = groupBy(database.refunds, ({ stripeId }) => stripeId ?? undefined);
  const former = new Set(database.refunds.flatMap(({ formerStripeIds }) => formerStripeIds));
  const unlike = database.refunds.flatMap((row) => {
    const { id, stripeId, intentId, amount, currency, status } = row;
    if (stripeId === null)
      return status === 'requested' || status === 'failed' ? [] : [`${id} is ${status}, of nothing`];
    const refund = atStripe.get(stripeId);
    if (!refund) return [`${id} is ${stripeId}, which Stripe does not have`];
    const isSame =
      refund.intentId === intentId &&
      refund.amount === amount &&
      refund.currency.toUpperCase() === currency &&
      stateOf(refund) === status;
    const there = `${refund.amount} ${refund.currency} of ${refund.intentId}, ${refund.status}`;
    return isSame ? [] : [`${id} (${amount} ${currency} of ${intentId}, ${status}) is ${stripeId} (${there})`];
  });
  const unknown = stripe.refunds.flatMap(({ id, status, intentId }) => {
    const rows = kept.get(id)?.length ?? 0;
    if (rows > 1) return [`${id} of ${intentId} is here ${rows} times`];
    if (rows === 1) return [];
    if (!former.has(id)) return [`${id} of ${intentId} is not here`];
    return isOver(status) ? [] : [`${id} of ${intentId} was given up here, and is ${status}`];
  });
  return [...unlike, ...unknown];
}

/** Payments with one refund that was asked for here: what a table with one row for each payment can hold. */
function findUnmirrored({ database }: World): string[] {
  const key = ({ orderId, intentId }: Pick<RefundRow, 'orderId' | 'intentId'>) => `${orderId} ${intentId}`;
  const mirrored = new Map(database.mirroredRefunds.map((row) => [key(row), row]));
  const ours = groupBy(
    database.refunds.filter(({ reason }) => reason !== BY_HAND),
    key,
  );
  return [...ours.values()].flatMap(([row, another]) => {
    if (!row || another) return [];
    const { id, amount, reason } = row;
    const status = row.status === 'pending' ? 'requested' : row.status;
    const seen = mirrored.get(key(row));
    if (seen?.amount === amount && seen.reason === reason && seen.status === status) return [];
    const there = seen ? `${seen.amount}, ${seen.reason}, ${seen.status}` : 'nothing';
    return [`refund ${id} (${amount}, ${reason}, ${status}) is ${there}`];
  });
}
