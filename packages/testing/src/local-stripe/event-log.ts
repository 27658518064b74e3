import Stripe from 'stripe';
import { now } from './books.ts';
import { stripeId } from './ids.ts';

/** A webhook's payload (https://docs.stripe.com/api/events/object). */
export interface StripeEvent {
  id: string;
  object: 'event';
  /** The account it happened in; missing for the key's own. */
  account?: string;
  api_version: string;
  created: number;
  data: { object: Record<string, unknown> };
  livemode: boolean;
  pending_webhooks: number;
  request: { id: string | null; idempotency_key: string | null };
  type: string;
}

/** What of an event may differ from what Stripe would send now: where, when and by which request it happened. */
export type Envelope = Partial<Pick<StripeEvent, 'account' | 'created' | 'livemode' | 'request'>>;

/** An event and what became of it. */
export interface LoggedEvent {
  event: StripeEvent;
  /** Copies still to be delivered. */
  pending: number;
  /** Deliveries that were answered 2xx. */
  delivered: number;
  /** Copies given up after the last attempt. */
  abandoned: number;
  /** Requests made so far, whatever became of them. */
  attempts: number;
  /** Why the last attempt failed; null after a good one. */
  lastError: string | null;
}

/** Finished events beyond this are forgotten, oldest first. */
const MAX_FINISHED = 10_000;

export interface EventLog {
  add: (type: string, object: object, envelope?: Envelope) => LoggedEvent;
  /** To be called when an event has no pending copy any more. */
  finished: (logged: LoggedEvent) => void;
  find: (id: string) => LoggedEvent | undefined;
  all: () => LoggedEvent[];
}

export function eventLog(kept: LoggedEvent[] = [], maxFinished = MAX_FINISHED): EventLog {
  const log = new Map(kept.map((logged) => [logged.event.id, logged]));
  /** In the order in which they finished, so that forgetting never searches. */
  const done = new Set(kept.filter(({ pending }) => pending === 0).map(({ event }) => event.id));
  return {
    add(type, object, envelope) {
      const event: StripeEvent = {
        id: stripeId('evt'),
        object: 'event',
        api_version: Stripe.API_VERSION,
        created: now(),
        // As it is now: the event must not change when the object does.
        data: { object: structuredClone(object) as Record<string, unknown> },
        livemode: false,
        pending_webhooks: 1,
        request: { id: null, idempotency_key: null },
        type,
        ...envelope,
      };
      const logged = { event, pending: 0, delivered: 0, abandoned: 0, attempts: 0, lastError: null };
      log.set(event.id, logged);
      return logged;
    },
    finished({ event }) {
      done.delete(event.id);
      done.add(event.id);
      for (const oldest of done) {
        if (done.size <= maxFinished) break;
        done.delete(oldest);
        log.delete(oldest);
      }
    },
    find: (id) => log.get(id),
    all: () => [...log.values()],
  };
}
