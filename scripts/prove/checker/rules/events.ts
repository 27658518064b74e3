import type { Rule } from '../world.ts';

export const eventRules: Rule[] = [
  {
    name: 'a cancelled event has no paid orders',
    find: ({ database }) => {
      const cancelled = new Set(
        database.ticketTypes.filter(({ eventStatus }) => eventStatus === 'cancelled').map(({ eventId }) => eventId),
      );
      return database.orders
        .filter(({ eventId, status }) => cancelled.has(eventId) && status === 'paid')
        .map(({ id }) => `order ${id} is paid`);
    },
  },
  {
    name: 'an event that was said to be cancelled is',
    find: ({ database, history }) => {
      const status = new Map(database.ticketTypes.map((type) => [type.eventId, type.eventStatus]));
      return history
        .filter((told) => told.deed === 'cancel-event' && told.status === 200)
        .filter(({ eventId }) => status.get(eventId ?? '') !== 'cancelled')
        .map(({ eventId }) => `event ${eventId} is ${status.get(eventId ?? '') ?? 'unknown'}`);
    },
  },
  {
    name: 'nothing is sold of an event that was said to be cancelled',
    find: ({ history }) => {
      const cancelledAt = new Map<string, number>();
      for (const { deed, status, eventId = '', at, tookMs } of history) {
        // Times are whole milliseconds.
        const saidAt = at + tookMs + 1;
        if (deed !== 'cancel-event' || status !== 200) continue;
        cancelledAt.set(eventId, Math.min(saidAt, cancelledAt.get(eventId) ?? Infinity));
      }
      return history
        .filter(({ deed, status, isReplay }) => deed === 'hold' && (status === 201 || (status === 200 && !isReplay)))
        .filter(({ eventId, at }) => at > (cancelledAt.get(eventId ?? '') ?? Infinity))
        .map(({ orderId, eventId, who }) => `order ${orderId} of ${who}, for event ${eventId}`);
    },
  },
];
