import { groupBy, sumOf } from '../group.ts';
import type { OrderRow, Rule, World } from '../world.ts';

/** Also looked at all the time, while the sale goes on. */
export const TICKET_LIMIT = 'nobody has more tickets than one buyer may have';

export const limitRules: Rule[] = [{ name: TICKET_LIMIT, find: findTooMany }];

function findTooMany({ database }: World): string[] {
  const count = (orders: OrderRow[], ticketTypeId?: string) =>
    sumOf(
      orders.flatMap(({ lines }) => lines).filter((line) => (ticketTypeId ?? line.ticketTypeId) === line.ticketTypeId),
      ({ quantity }) => quantity,
    );
  const kept = database.orders.filter(({ status }) => status === 'pending' || status === 'paid');
  return [...groupBy(kept, ({ buyerId, eventId }) => `${buyerId} ${eventId}`).values()].flatMap((orders) => {
    const [{ buyerId, eventId } = { buyerId: '', eventId: '' }] = orders;
    const types = database.ticketTypes.filter((type) => type.eventId === eventId);
    const limits = [
      { of: `event ${eventId}`, most: types[0]?.eventMaxPerBuyer ?? Infinity, has: count(orders) },
      ...types.map(({ id, maxPerBuyer }) => ({ of: id, most: maxPerBuyer ?? Infinity, has: count(orders, id) })),
    ];
    return limits
      .filter(({ has, most }) => has > most)
      .map(({ of, has, most }) => `${buyerId} has ${has} of ${of}, not ${most} at most`);
  });
}
