import { readHistory, type History } from '../history.ts';
import type { RecordedHttp } from './http.ts';
import { tokenFor, type Place } from './place.ts';

const AT_ONCE = 16;

/** After all has settled, everyone who was told of an order looks at it once more, and at their tickets. */
export async function callRoll(place: Pick<Place, 'jwtSecret' | 'url'>, http: RecordedHttp, history: History) {
  const buyerOf = new Map<string, string>();
  for await (const { deed, orderId, buyerId } of readHistory(history.file)) {
    if (deed === 'hold' && orderId !== undefined && buyerId !== undefined) buyerOf.set(orderId, buyerId);
  }
  const queue = buyerOf.entries();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const [orderId, buyerId] of queue) await look(place, http, { orderId, buyerId });
    }),
  );
  return buyerOf.size;
}

async function look(
  place: Pick<Place, 'jwtSecret' | 'url'>,
  http: RecordedHttp,
  { orderId, buyerId }: { orderId: string; buyerId: string },
): Promise<void> {
  const token = tokenFor(place, { id: buyerId, email: 'buyer@example.com' });
  const part = { who: 'roll-call', buyerId, orderId };
  const order = await http.send(
    { url: `${place.url}/orders/${orderId}`, token },
    { ...part, deed: 'read-order' },
    (answer) => ({
      orderStatus: typeof answer.body.status === 'string' ? answer.body.status : undefined,
    }),
  );
  if (order.body.status !== 'paid') return;
  await http.send(
    { url: `${place.url}/orders/${orderId}/tickets`, token },
    { ...part, deed: 'read-tickets' },
    ({ status, body }) => ({
      tickets: status === 200 ? (body.items as { code: string; status: string }[]) : undefined,
    }),
  );
}
