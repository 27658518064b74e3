import type { AccessClaims } from '@ticketing/types/account';
import type { Event, EventSummary } from '@ticketing/types/event';

/** A ticket type as the database has it. */
export interface StoredTicketType {
  id: string;
  name: string;
  description: string;
  /** Minor units of the event's currency. */
  price: number;
  capacity: number;
  maxPerOrder: number;
  maxPerBuyer: number | null;
  salesStart: Date | null;
  salesEnd: Date | null;
}

/** What a list shows of an event, as the database has it. */
export interface StoredSummary {
  id: string;
  title: string;
  venue: string;
  timezone: string;
  startsAt: Date;
  endsAt: Date;
  currency: string;
  status: string;
  maxPerBuyer: number | null;
  organizerId: string;
  version: number;
  createdAt: Date;
  updatedAt: Date;
  /** In their order. */
  ticketTypes: StoredTicketType[];
}

/** An event as the database has it. */
export interface StoredEvent extends StoredSummary {
  description: string;
  /** When the public first saw it; null: never. */
  publishedAt: Date | null;
}

export type Actor = Pick<AccessClaims, 'sub' | 'role'>;

/** Whether anyone may see the event. A cancelled one stays public if it was; a draft that was cancelled never is. */
export function isPublic(event: Pick<StoredEvent, 'publishedAt'>): boolean {
  return event.publishedAt !== null;
}

/** Whether someone may see the event as a draft, and change it: its organizer, or an admin. */
export function mayManage(actor: Actor | undefined, event: Pick<StoredEvent, 'organizerId'>): boolean {
  return actor !== undefined && (actor.role === 'admin' || actor.sub === event.organizerId);
}

/** The event as answers show it. Depends on what is stored and on nothing else. */
export function presentEvent(event: StoredEvent): Event {
  const { id, title, ...rest } = presentSummary(event);
  return { id, title, description: event.description, ...rest };
}

/** The event as lists show it. */
export function presentSummary(event: StoredSummary): EventSummary {
  return {
    id: event.id,
    title: event.title,
    venue: event.venue,
    timezone: event.timezone,
    startsAt: event.startsAt.toISOString(),
    endsAt: event.endsAt.toISOString(),
    currency: event.currency,
    // The database's CHECK constraint allows no other.
    status: event.status as Event['status'],
    maxPerBuyer: event.maxPerBuyer,
    organizerId: event.organizerId,
    version: event.version,
    createdAt: event.createdAt.toISOString(),
    updatedAt: event.updatedAt.toISOString(),
    ticketTypes: event.ticketTypes.map((type) => ({
      id: type.id,
      name: type.name,
      description: type.description,
      price: type.price,
      capacity: type.capacity,
      maxPerOrder: type.maxPerOrder,
      maxPerBuyer: type.maxPerBuyer,
      salesStart: type.salesStart?.toISOString() ?? null,
      salesEnd: type.salesEnd?.toISOString() ?? null,
    })),
  };
}
