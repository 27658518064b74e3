import { groupBy, sumOf } from '../group.ts';
import type { Rule } from '../world.ts';

export const ticketRules: Rule[] = [
  {
    name: 'nobody has tickets without a paid order, and every paid order has them all',
    find: ({ database }) => {
      const tickets = groupBy(
        database.tickets.filter(({ status }) => status !== 'void'),
        ({ orderId }) => orderId,
      );
      return database.orders.flatMap(({ id, status, lines }) => {
        const seats = status === 'paid' ? sumOf(lines, ({ quantity }) => quantity) : 0;
        const count = tickets.get(id)?.length ?? 0;
        return count === seats ? [] : [`order ${id} is ${status}, with ${count} good tickets instead of ${seats}`];
      });
    },
  },
  {
    name: 'no ticket code twice',
    find: ({ database, history }) => {
      const kept = database.tickets.map(({ code, orderId }) => ({ code, orderId }));
      const told = history.flatMap(({ tickets = [], orderId = '' }) => tickets.map(({ code }) => ({ code, orderId })));
      const rowsOf = groupBy(kept, ({ code }) => code);
      const twice = [...rowsOf]
        .filter(([, rows]) => rows.length > 1)
        .map(([code, rows]) => `${code} is there ${rows.length} times`);
      const ordersOf = groupBy([...kept, ...told], ({ code }) => code);
      const shared = [...ordersOf]
        .map(([code, all]) => ({ code, orders: new Set(all.map(({ orderId }) => orderId)) }))
        .filter(({ orders }) => orders.size > 1)
        .map(({ code, orders }) => `${code} is of ${[...orders].join(' and ')}`);
      return [...twice, ...shared];
    },
  },
  {
    name: 'a ticket that was shown exists',
    find: ({ database, history }) => {
      const codes = new Set(database.tickets.map(({ code }) => code));
      const told = new Set(history.flatMap(({ tickets = [] }) => tickets.map(({ code }) => code)));
      return [...told].filter((code) => !codes.has(code)).map((code) => `${code} was shown to its buyer`);
    },
  },
];
