import { sumOf } from '../group.ts';
import type { Rule } from '../world.ts';

export const priceRules: Rule[] = [
  {
    name: "an order's total is the sum of its lines, each at its ticket type's price",
    find: ({ database }) => {
      const prices = new Map(database.ticketTypes.map(({ id, price }) => [id, price]));
      return database.orders.flatMap(({ id, total, lines }) => {
        const sum = sumOf(lines, ({ quantity, unitPrice }) => quantity * unitPrice);
        const wrong = lines.filter(({ ticketTypeId, unitPrice }) => prices.get(ticketTypeId) !== unitPrice);
        return [
          ...(sum === total ? [] : [`order ${id} costs ${total}, its ${lines.length} lines ${sum}`]),
          ...wrong.map(
            ({ ticketTypeId, unitPrice }) =>
              `order ${id}: ${unitPrice} for ${ticketTypeId}, which costs ${prices.get(ticketTypeId)}`,
          ),
        ];
      });
    },
  },
  {
    name: "a payment that was started is over the order's total",
    find: ({ database, stripe, history }) => {
      const orders = new Map(database.orders.map((order) => [order.id, order]));
      const started = new Map(
        history.flatMap(({ deed, intentId, orderId }) =>
          deed === 'start-payment' && intentId && orderId ? [[intentId, orderId] as const] : [],
        ),
      );
      return stripe.intents.flatMap(({ id, amount, currency }) => {
        const order = orders.get(started.get(id) ?? '');
        if (!order || (order.total === amount && order.currency === currency.toUpperCase())) return [];
        return [`${id} is over ${amount} ${currency}, order ${order.id} costs ${order.total} ${order.currency}`];
      });
    },
  },
];
