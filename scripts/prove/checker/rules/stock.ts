import { groupBy, sumOf } from '../group.ts';
import type { Rule, World } from '../world.ts';

export const stockRules: Rule[] = [
  {
    name: 'never more held and sold than there is',
    find: ({ database }) =>
      database.ticketTypes
        .filter(({ held, sold, capacity }) => held + sold > capacity)
        .map(({ id, held, sold, capacity }) => `${id}: ${held} held and ${sold} sold of ${capacity}`),
  },
  {
    name: 'what is sold is in paid orders, and what is held in pending ones',
    find: (world) => [...compare(world, 'paid', 'sold'), ...compare(world, 'pending', 'held')],
  },
  {
    name: 'what is sold has as many tickets that are worth something',
    find: ({ database }) => {
      const valid = groupBy(
        database.tickets.filter(({ status }) => status !== 'void'),
        ({ ticketTypeId }) => ticketTypeId,
      );
      return database.ticketTypes
        .map(({ id, sold }) => ({ id, sold, tickets: valid.get(id)?.length ?? 0 }))
        .filter(({ sold, tickets }) => sold !== tickets)
        .map(({ id, sold, tickets }) => `${id}: ${sold} sold, ${tickets} tickets`);
    },
  },
];

function compare({ database }: World, status: string, count: 'held' | 'sold'): string[] {
  const lines = groupBy(
    database.orders.filter((order) => order.status === status).flatMap((order) => order.lines),
    ({ ticketTypeId }) => ticketTypeId,
  );
  return database.ticketTypes.flatMap((type) => {
    const inOrders = sumOf(lines.get(type.id) ?? [], ({ quantity }) => quantity);
    return inOrders === type[count] ? [] : [`${type.id}: ${type[count]} ${count}, ${inOrders} in ${status} orders`];
  });
}
