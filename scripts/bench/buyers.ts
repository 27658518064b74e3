import { signAccessToken } from '@ticketing/service-kit/access-token';
import { BUYERS } from './baselines/transactions.ts';
import type { Sale } from './catalogue.ts';
import { idOf } from './ids.ts';
import type { PlainRequest } from './load/requests.ts';
import { JWT_SECRET } from './processes.ts';

/** The `authorization` of the n-th buyer; good for a quarter of an hour. */
export function authorizationOf(n: number): string {
  const buyer = { id: idOf('buyer', n), role: 'customer', email: 'buyer@example.com' } as const;
  return `Bearer ${signAccessToken({ current: JWT_SECRET }, buyer)}`;
}

/** A hold of one seat for each buyer, with a token of their own; they take turns over what is on sale. */
export function holdRequests(sales: Sale[]): PlainRequest[] {
  return Array.from({ length: Math.max(BUYERS, sales.length) }, (_, index) => {
    const { eventId, ticketTypeId } = sales[index % sales.length] ?? { eventId: '', ticketTypeId: '' };
    return {
      method: 'POST',
      path: '/orders',
      headers: { authorization: authorizationOf((index % BUYERS) + 1), 'content-type': 'application/json' },
      body: JSON.stringify({ eventId, lines: [{ ticketTypeId, quantity: 1 }] }),
    };
  });
}
