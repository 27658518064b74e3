import { setTimeout as wait } from 'node:timers/promises';
import type { Answer } from './http.ts';
import { tokenFor, type Place } from './place.ts';

/** What the organizer does while the sale is on. */
export interface Organizer {
  /** At the door, of an event if one is named: checks a ticket in. */
  letIn: (code: string, eventId?: string) => Promise<unknown>;
  /** Takes a check-in back. */
  takeBack: (code: string) => Promise<unknown>;
  refund: (orderId: string) => Promise<unknown>;
  /** Refunds a share of a paid order's payment in Stripe's dashboard, past the shop, or all that is left of it. */
  refundByHand: (orderId: string, share?: number) => Promise<unknown>;
  /** Changes capacities now and then, and cancels the second event, until the sale is over. */
  work: (durationMs: number) => Promise<void>;
}

const CHANGE_EVERY_MS = 500;
/** Long before the end: many still want tickets of it then. */
const CANCELS_AFTER_SHARE = 0.45;
const TRIES = 20;

export function createOrganizer(place: Place): Organizer {
  const { http, url, stripeUrl, organizer, signal } = place;
  const random = place.random.fork('organizer');
  const who = { who: 'organizer' };
  const token = () => tokenFor(place, organizer, 'organizer');
  const pause = (ms: number) => wait(ms, undefined, { signal }).catch(() => undefined);

  const change = () => {
    const event = random.pick(place.events);
    const type = random.pick(event.ticketTypes);
    const capacity = Math.max(1, Math.round(type.capacity * (0.7 + random.next() * 0.6)));
    return http.send(
      {
        method: 'PATCH',
        url: `${url}/events/${event.id}`,
        token: token(),
        body: { ticketTypes: [{ id: type.id, capacity }] },
      },
      { ...who, deed: 'change-capacity', eventId: event.id, ticketTypeId: type.id, capacity },
    );
  };

  const cancel = async () => {
    const event = place.events[1];
    if (!event) return;
    for (let attempt = 1; attempt <= TRIES; attempt++) {
      const { status } = await http.send(
        { method: 'POST', url: `${url}/events/${event.id}/cancel`, token: token() },
        { ...who, deed: 'cancel-event', eventId: event.id },
      );
      if (status === 200) return;
      await wait(500);
    }
  };

  return {
    letIn: (code, eventId) =>
      http.send(
        { method: 'POST', url: `${url}/tickets/${code}/check-in`, token: token(), body: { eventId } },
        { ...who, deed: 'check-in', ticketCode: code, eventId },
      ),
    takeBack: (code) =>
      http.send(
        { method: 'POST', url: `${url}/tickets/${code}/check-in/undo`, token: token() },
        { ...who, deed: 'undo-check-in', ticketCode: code },
      ),
    refund: (orderId) =>
      http.send(
        { method: 'POST', url: `${url}/orders/${orderId}/refund`, token: token(), body: { includeCheckedIn: true } },
        { ...who, deed: 'refund-order', orderId },
        ({ body }) => ({ orderStatus: typeof body.status === 'string' ? body.status : undefined }),
      ),
    refundByHand: async (orderId, share) => {
      const order = await http.send(
        { url: `${url}/orders/${orderId}`, token: token() },
        { ...who, deed: 'read-order', orderId },
        ({ body }) => ({ orderStatus: typeof body.status === 'string' ? body.status : undefined }),
      );
      const intentId = paidIntentOf(order);
      if (intentId === undefined) return;
      await http.send(
        { url: `${stripeUrl}/_local/refund-by-hand/${intentId}`, body: partOf(order, share) },
        { ...who, deed: 'refund-by-hand', orderId, intentId },
        ({ body, status }) => (status === 200 ? { refundId: String(body.id), amount: Number(body.amount) } : {}),
      );
    },
    work: async (durationMs) => {
      const endsAt = performance.now() + durationMs;
      const cancelsAt = performance.now() + durationMs * CANCELS_AFTER_SHARE;
      let isCancelled = false;
      while (performance.now() < endsAt && !signal.aborted) {
        await pause(CHANGE_EVERY_MS);
        await change();
        if (isCancelled || performance.now() < cancelsAt) continue;
        isCancelled = true;
        await cancel();
      }
      if (!isCancelled) await cancel();
    },
  };
}

function paidIntentOf({ body }: Answer): string | undefined {
  const payment = body.payment as { intentId?: string } | null | undefined;
  return body.status === 'paid' ? payment?.intentId : undefined;
}

/** Never all of it. */
function partOf({ body }: Answer, share: number | undefined): { amount?: number } {
  return share === undefined ? {} : { amount: Math.max(1, Math.floor(Number(body.total) * share)) };
}
