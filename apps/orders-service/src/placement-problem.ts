import type { Placed } from '@ticketing/order-core/place';
import { ProblemError } from '@ticketing/service-kit/problem';
import type { NewOrder } from '@ticketing/types/order';

type Refusal = Exclude<Placed, { kind: 'placed' | 'replayed' }>;

/** What a buyer is told when a hold is refused, so that they can act on it. */
export function placementProblem(refusal: Refusal, { lines }: NewOrder): ProblemError {
  const pathOf = (ticketTypeId: string, field: string) =>
    `lines.${lines.findIndex((line) => line.ticketTypeId === ticketTypeId)}.${field}`;
  switch (refusal.kind) {
    case 'unknown-event':
      return new ProblemError('NOT_FOUND', 'There is no such event.');
    case 'unknown-ticket-type':
      return new ProblemError('VALIDATION_FAILED', 'The event has no such ticket type.', {
        errors: refusal.ticketTypeIds.map((id) => ({
          path: pathOf(id, 'ticketTypeId'),
          message: 'is not a ticket type of this event',
        })),
      });
    case 'not-on-sale': {
      const reason = refusal.status === 'cancelled' ? 'was cancelled' : 'is not published yet';
      return new ProblemError('EVENT_NOT_ON_SALE', `The event ${reason}.`);
    }
    case 'sales-closed': {
      const { name, when, at, ticketTypeId } = refusal;
      const verb = when === 'over' ? 'ended' : 'start';
      return new ProblemError('SALES_CLOSED', `Sales of “${name}” ${verb} at ${at.toISOString()}.`, {
        extra: { ticketTypeId, [when === 'over' ? 'salesEnd' : 'salesStart']: at.toISOString() },
      });
    }
    case 'over-limit': {
      const { name, maxPerOrder, ticketTypeId } = refusal;
      return new ProblemError('LIMIT_EXCEEDED', `At most ${maxPerOrder} of “${name}” in one order.`, {
        extra: { limit: 'maxPerOrder', ticketTypeId, maxPerOrder },
        errors: [{ path: pathOf(ticketTypeId, 'quantity'), message: `must be at most ${maxPerOrder}` }],
      });
    }
    case 'over-total':
      return new ProblemError('LIMIT_EXCEEDED', `The total of one order is at most ${refusal.maxTotal} minor units.`, {
        extra: { limit: 'maxTotal', maxTotal: refusal.maxTotal },
      });
    case 'too-many-holds': {
      const { maxOpenHolds, openHolds } = refusal;
      return new ProblemError(
        'LIMIT_EXCEEDED',
        `You have ${openHolds} unpaid orders of this event, and may have ${maxOpenHolds} at a time. ` +
          'Pay for one, cancel one, or wait until one expires.',
        { extra: { limit: 'openHolds', max: maxOpenHolds, current: openHolds } },
      );
    }
    case 'over-buyer-limit': {
      const { ticketType, maxPerBuyer, tickets } = refusal;
      const left = Math.max(0, maxPerBuyer - tickets);
      const advice =
        left > 0 ? `Ask for at most ${left} more.` : 'To get others, cancel an order that is not paid for yet.';
      return new ProblemError(
        'LIMIT_EXCEEDED',
        `One buyer may have at most ${maxPerBuyer} tickets of ${ticketType ? `“${ticketType.name}”` : 'this event'}. ` +
          `You have ${tickets}, unpaid orders included. ${advice}`,
        {
          extra: {
            ...{ limit: 'maxPerBuyer', max: maxPerBuyer, current: tickets },
            ...(ticketType && { ticketTypeId: ticketType.id }),
          },
          errors: [
            {
              path: ticketType ? pathOf(ticketType.id, 'quantity') : 'lines',
              message: ticketType ? `must be at most ${left}` : `must be at most ${left} tickets in all`,
            },
          ],
        },
      );
    }
    case 'sold-out': {
      const left = refusal.left.map(({ name, available }) => `“${name}”: ${available} left`).join(', ');
      return new ProblemError('SOLD_OUT', `Not enough tickets. ${left}.`, { extra: { ticketTypes: refusal.left } });
    }
    case 'key-reused':
      return new ProblemError(
        'IDEMPOTENCY_KEY_REUSED',
        'This Idempotency-Key was used for a different order. Use a new one.',
      );
  }
}
