import { groupBy, sumOf } from '../group.ts';
import type { Rule, World } from '../world.ts';

/** Reasons for which money may go back though it was paid in time. */
const GOOD_REASONS = ['requested', 'at-provider', 'event-cancelled', 'paid-twice'];

export const paymentRules: Rule[] = [
  {
    name: 'each succeeded payment is one paid order, or all of it went back, or it waits with a reason',
    find: findMisused,
  },
  {
    name: 'who is paid has paid, the right amount, for that order',
    find: ({ database, stripe }) => {
      const intents = new Map(stripe.intents.map((intent) => [intent.id, intent]));
      return database.orders
        .filter(({ status, total }) => status === 'paid' && total > 0)
        .flatMap(({ id, total, currency, paidIntentId }) => {
          const intent = intents.get(paidIntentId ?? '');
          if (!intent) return [`order ${id} is paid, by no payment`];
          const { status, orderId, amountReceived } = intent;
          const isSame = orderId === id && amountReceived === total && intent.currency.toUpperCase() === currency;
          if (status === 'succeeded' && isSame) return [];
          return [
            `order ${id} (${total} ${currency}) is paid by ${intent.id}: ${status}, ${amountReceived} for ${orderId}`,
          ];
        });
    },
  },
  {
    name: 'who was told that the money is back has it back',
    find: ({ database, stripe }) => {
      const refunds = groupBy(stripe.refunds, ({ intentId }) => intentId);
      return database.orders
        .filter(({ status, total }) => status === 'refunded' && total > 0)
        .filter(({ paidIntentId, total }) => {
          const given = (refunds.get(paidIntentId ?? '') ?? []).filter(({ status }) => status === 'succeeded');
          return sumOf(given, ({ amount }) => amount) !== total;
        })
        .map(({ id, total, paidIntentId }) => `order ${id} is refunded, but not ${total} of ${paidIntentId}`);
    },
  },
  {
    name: 'who paid while the hold stood keeps the seats',
    find: findInTimeButRefused,
  },
  {
    name: 'money goes back only for a reason',
    find: findGroundlessRefunds,
  },
];

function findMisused({ database, topics, stripe }: World): string[] {
  const paidBy = groupBy(
    database.orders.filter(({ status }) => status === 'paid'),
    ({ paidIntentId }) => paidIntentId ?? undefined,
  );
  const refunds = groupBy(
    stripe.refunds.filter(({ status }) => status === 'succeeded'),
    ({ intentId }) => intentId,
  );
  const waiting = new Set([
    ...(topics?.deadLetters ?? []).map(({ intentId }) => intentId),
    ...database.reports.filter(({ result }) => result === 'rejected').map(({ intentId }) => intentId),
  ]);
  return stripe.intents.flatMap(({ id, status, amountReceived, orderId }) => {
    const orders = paidBy.get(id)?.length ?? 0;
    const back = sumOf(refunds.get(id) ?? [], ({ amount }) => amount);
    const isBack = back > 0 && back === amountReceived;
    const uses = [
      ...Array.from({ length: orders }, () => 'a paid order'),
      ...(isBack ? ['all refunded'] : []),
      ...(waiting.has(id) ? ['a report that waits'] : []),
    ];
    const payment = `${id} (${status}, ${amountReceived}, ${back} of it refunded, order ${orderId})`;
    if (status !== 'succeeded')
      return uses.length === 0 && back === 0 ? [] : [`${payment} is ${uses.join(' and ') || 'a refund'}`];
    if (back > amountReceived) return [`${payment} went back, and more than that`];
    if (uses.length !== 1) return [`${payment} is ${uses.join(' and ') || 'nothing'}`];
    return [];
  });
}

function findInTimeButRefused({ database, stripe, history }: World): string[] {
  const orders = new Map(database.orders.map((order) => [order.id, order]));
  // Only these were the shop's to watch over.
  const started = new Set(
    history.filter(({ deed }) => deed === 'start-payment').flatMap(({ intentId }) => (intentId ? [intentId] : [])),
  );
  return stripe.intents.flatMap(({ id, status, chargedAt, orderId }) => {
    const order = orders.get(orderId ?? '');
    if (status !== 'succeeded' || !order || !started.has(id) || chargedAt === undefined) return [];
    // Stripe's times are cut to seconds.
    const isInTime = chargedAt + 1_000 < order.expiresAt;
    if (!isInTime || order.status === 'paid') return [];
    if (order.refundReason !== null && GOOD_REASONS.includes(order.refundReason)) return [];
    return [
      `order ${order.id} was paid in time with ${id}, and is ${order.status} (${order.refundReason ?? 'no reason'})`,
    ];
  });
}

function findGroundlessRefunds({ database, stripe, history }: World): string[] {
  const orders = new Map(database.orders.map((order) => [order.id, order]));
  const eventStatus = new Map(database.ticketTypes.map(({ eventId, eventStatus: status }) => [eventId, status]));
  const asked = (deed: string) => new Set(history.filter((told) => told.deed === deed).map(({ orderId }) => orderId));
  const requested = asked('refund-order');
  const byHand = asked('refund-by-hand');
  const intents = new Map(stripe.intents.map((intent) => [intent.id, intent]));
  return database.refunds.flatMap(({ orderId, intentId, amount, reason }) => {
    const order = orders.get(orderId);
    const isGrounded = {
      requested: requested.has(orderId),
      'at-provider': byHand.has(orderId),
      'event-cancelled': eventStatus.get(order?.eventId ?? '') === 'cancelled',
      'paid-twice': order?.paidIntentId !== intentId && intents.get(order?.paidIntentId ?? '')?.status === 'succeeded',
      'sold-out': order?.paidIntentId === intentId,
      'event-over': false,
    }[reason];
    return isGrounded ? [] : [`order ${orderId}: ${amount} of ${intentId} went back for "${reason}", which is not so`];
  });
}
