import { place } from '@ticketing/order-core/place';
import { openPool } from '@ticketing/service-kit/postgres';
import type { Sale } from './catalogue.ts';
import { idOf } from './ids.ts';

const BATCH = 256;

/** Orders of one seat each, waiting for their payment; they take turns over what is on sale. */
export async function holdOrders(
  url: string,
  sales: Sale[],
  { first, count }: { first: number; count: number },
): Promise<void> {
  const pool = openPool({ url, schema: 'orders', size: 2, applicationName: 'bench', pipeline: true });
  try {
    for (let from = 0; from < count; from += BATCH) {
      const requests = Array.from({ length: Math.min(BATCH, count - from) }, (_, index) => {
        const n = first + from + index;
        const { eventId, ticketTypeId } = sales[n % sales.length] ?? { eventId: '', ticketTypeId: '' };
        const lines = [{ ticketTypeId, quantity: 1 }];
        return { orderId: idOf('order', n), buyerId: idOf('buyer', n), email: 'buyer@example.com', eventId, lines };
      });
      const placed = await place(pool, requests, { holdSeconds: 3600, maxOpenHolds: 0 });
      if (placed.some(({ kind }) => kind !== 'placed')) throw new Error('An order was not held');
    }
  } finally {
    await pool.end();
  }
}
