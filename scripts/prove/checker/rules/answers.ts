import type { Told } from '../../history.ts';
import { groupBy, sumOf } from '../group.ts';
import type { OrderRow, Rule, World } from '../world.ts';

export const answerRules: Rule[] = [
  {
    name: 'whoever was told of an order has that order',
    find: ({ history, database }) => {
      const orders = byId(database.orders);
      return acceptedHolds(history).flatMap((told) => {
        const order = orders.get(told.orderId);
        if (!order) return [`order ${told.orderId} of ${told.who} does not exist`];
        if (order.buyerId !== told.buyerId) return [`order ${order.id} of ${told.who} is ${order.buyerId}'s`];
        if (told.email !== undefined && order.email !== told.email)
          return [`order ${order.id} goes to ${order.email}, asked for ${told.email}`];
        if (order.total !== told.total) return [`order ${order.id} costs ${order.total}, told ${told.total}`];
        return sameLines(order.lines, told.lines ?? []) ? [] : [`order ${order.id} has other lines than asked for`];
      });
    },
  },
  {
    name: 'the same key is the same order',
    find: ({ history, database }) => {
      const told = groupBy(acceptedHolds(history), ({ buyerId, key }) => (key ? `${buyerId} ${key}` : undefined));
      const kept = groupBy(database.orders, ({ buyerId, key }) => (key === null ? undefined : `${buyerId} ${key}`));
      const ids = [...new Set([...told.keys(), ...kept.keys()])].map((id) => ({
        id,
        orders: new Set([
          ...(told.get(id) ?? []).map(({ orderId }) => orderId),
          ...(kept.get(id) ?? []).map((order) => order.id),
        ]),
      }));
      return ids
        .filter(({ orders }) => orders.size > 1)
        .map(({ id, orders }) => `${id} became ${[...orders].join(', ')}`);
    },
  },
  {
    name: 'whoever was told "paid" has their tickets',
    find: ({ history, database }) => {
      const orders = byId(database.orders);
      const tickets = groupBy(database.tickets, ({ orderId }) => orderId);
      const toldPaid = new Set(
        history.flatMap((told) => (told.orderStatus === 'paid' && told.orderId ? [told.orderId] : [])),
      );
      return [...toldPaid].flatMap((id) => {
        const order = orders.get(id);
        if (!order) return [`order ${id} does not exist`];
        if (!['paid', 'refunding', 'refunded'].includes(order.status)) return [`order ${id} is ${order.status}`];
        const seats = sumOf(order.lines, ({ quantity }) => quantity);
        const issued = tickets.get(id)?.length ?? 0;
        return issued === seats ? [] : [`order ${id} has ${issued} tickets for ${seats} seats`];
      });
    },
  },
  {
    name: 'what was told for good stays so',
    find: (world) => findTakenBack(world),
  },
  {
    name: 'the last answer is how it is',
    find: ({ history, database }) => {
      const orders = byId(database.orders);
      return history
        .filter(({ who, deed }) => who === 'roll-call' && deed === 'read-order')
        .filter(
          ({ status, orderStatus, orderId }) => status !== 200 || orders.get(orderId ?? '')?.status !== orderStatus,
        )
        .map(({ orderId, status, orderStatus }) => {
          const now = orders.get(orderId ?? '')?.status ?? 'unknown';
          return `order ${orderId} is ${now}, answered ${status} ${orderStatus ?? ''}`;
        });
    },
  },
  {
    name: 'no answer is an unexpected failure',
    find: ({ history }) =>
      history
        .filter(({ status, deed, code }) => status === 500 && !isAtStripe(deed) && code !== 'PAYMENT_PROVIDER')
        .map(({ who, deed, orderId }) => `${who}: ${deed} ${orderId ?? ''} answered 500`),
  },
];

/** Only a payment can change these. */
const OVER = ['cancelled', 'expired'];

/** Answers that nothing can change any more, and the states that may follow them. */
const FINAL: Record<string, string[]> = {
  refunding: ['refunding', 'refunded'],
  refunded: ['refunded'],
};

function findTakenBack({ history, database, stripe }: World): string[] {
  const orders = byId(database.orders);
  const paid = new Set(stripe.intents.filter(({ status }) => status === 'succeeded').map(({ orderId }) => orderId));
  const said = new Set(history.flatMap(({ orderId, orderStatus }) => (orderId ? [`${orderId} ${orderStatus}`] : [])));
  return [...said].flatMap((one) => {
    const [id = '', told = ''] = one.split(' ');
    const now = orders.get(id)?.status;
    if (now === undefined) return [];
    const isOver = OVER.includes(told) && !OVER.includes(now);
    const isRevived = isOver && !paid.has(id);
    const isBack = FINAL[told] !== undefined && !FINAL[told].includes(now);
    return isRevived || isBack ? [`order ${id} is ${now}, told ${told}`] : [];
  });
}

type Line = Pick<OrderRow['lines'][number], 'ticketTypeId' | 'quantity'>;

function isAtStripe(deed: Told['deed']): boolean {
  return ['pay', 'foreign-intent', 'refund-by-hand', 'finish-debit'].includes(deed);
}

function acceptedHolds(history: Told[]): (Told & { orderId: string })[] {
  return history.flatMap((told) =>
    told.deed === 'hold' && (told.status === 200 || told.status === 201)
      ? [{ ...told, orderId: told.orderId ?? 'without an id' }]
      : [],
  );
}

function byId(orders: OrderRow[]): Map<string, OrderRow> {
  return new Map(orders.map((order) => [order.id, order]));
}

function sameLines(a: OrderRow['lines'], b: Line[]): boolean {
  const text = (lines: Line[]) =>
    lines
      .map(({ ticketTypeId, quantity }) => `${ticketTypeId} ${quantity}`)
      .sort()
      .join();
  return text(a) === text(b);
}
