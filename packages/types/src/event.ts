import { z } from 'zod';
import { operation } from './operation.ts';
import {
  AmountMinor,
  Currency,
  CurrencyInput,
  Id,
  Instant,
  InstantInput,
  line,
  page,
  PageQuery,
  prose,
} from './primitives.ts';
import { TimeZoneInput } from './time-zone.ts';

export const EventStatus = z.enum(['draft', 'published', 'cancelled']);

export const TicketType = z
  .object({
    id: Id,
    name: z.string(),
    description: z.string(),
    price: AmountMinor,
    capacity: z.int(),
    maxPerOrder: z.int(),
    maxPerBuyer: z.int().nullable(),
    salesStart: Instant.nullable(),
    salesEnd: Instant.nullable(),
  })
  .meta({ id: 'TicketType' });
export type TicketType = z.infer<typeof TicketType>;

export const Event = z
  .object({
    id: Id,
    title: z.string(),
    description: z.string(),
    venue: z.string(),
    timezone: z.string(),
    startsAt: Instant,
    endsAt: Instant,
    currency: Currency,
    status: EventStatus,
    maxPerBuyer: z.int().nullable(),
    organizerId: Id,
    version: z.int(),
    createdAt: Instant,
    updatedAt: Instant,
    ticketTypes: z.array(TicketType),
  })
  .meta({ id: 'EventDetails' });
export type Event = z.infer<typeof Event>;

export const EventSummary = Event.omit({ description: true }).meta({ id: 'EventSummary' });
export type EventSummary = z.infer<typeof EventSummary>;

/** Most ticket types one event may have. */
export const MAX_TICKET_TYPES = 50;

/** Of pending and paid orders; the strictest of all limits holds. */
const MaxPerBuyer = z.int().min(1).max(1_000_000).nullable();

const ticketTypeFields = {
  name: line(1, 100).meta({ example: 'Standing' }),
  description: prose(2_000),
  price: AmountMinor.describe('0, or an amount that Stripe charges: at least 50 in EUR, a multiple of 10 in KWD, …'),
  capacity: z.int().min(1).max(1_000_000).meta({ example: 500 }),
  maxPerOrder: z.int().min(1).max(100),
  maxPerBuyer: MaxPerBuyer.describe('Tickets of this type that one buyer may have; null: any number'),
  salesStart: InstantInput.nullable().describe('Sales open; null: at once'),
  salesEnd: InstantInput.nullable().describe('Sales close; null: when the event ends'),
};

export const NewTicketType = z
  .strictObject({
    ...ticketTypeFields,
    description: ticketTypeFields.description.default(''),
    maxPerOrder: ticketTypeFields.maxPerOrder.default(10),
    maxPerBuyer: ticketTypeFields.maxPerBuyer.default(null),
    salesStart: ticketTypeFields.salesStart.default(null),
    salesEnd: ticketTypeFields.salesEnd.default(null),
  })
  .meta({ id: 'CreateTicketTypeRequest' });
export type NewTicketType = z.infer<typeof NewTicketType>;

const eventFields = {
  title: line(1, 200).meta({ example: 'Night of the Proms' }),
  description: prose(20_000),
  venue: line(1, 200).meta({ example: 'Musikverein, Vienna' }),
  timezone: TimeZoneInput,
  startsAt: InstantInput,
  endsAt: InstantInput,
  currency: CurrencyInput,
  maxPerBuyer: MaxPerBuyer.describe('Tickets of the event, of all types, that one buyer may have; null: any number'),
};

export const NewEvent = z
  .strictObject({
    ...eventFields,
    description: eventFields.description.default(''),
    timezone: eventFields.timezone.default('UTC'),
    maxPerBuyer: eventFields.maxPerBuyer.default(null),
    status: z.enum(['draft', 'published']).default('published'),
    ticketTypes: z.array(NewTicketType).min(1).max(MAX_TICKET_TYPES),
  })
  .meta({ id: 'CreateEventRequest' });
export type NewEvent = z.infer<typeof NewEvent>;

/** A ticket type in a change: with `id`, the fields to change; without, a whole new one. */
export const TicketTypeChange = z
  .strictObject({ id: Id.optional(), ...ticketTypeFields })
  .partial()
  .meta({ id: 'ChangeTicketTypeRequest' });
export type TicketTypeChange = z.infer<typeof TicketTypeChange>;

export const EventChange = z
  .strictObject({
    ...eventFields,
    ticketTypes: z
      .array(TicketTypeChange)
      .min(1)
      .max(MAX_TICKET_TYPES)
      .describe('Ticket types to change or add; those not named stay as they are'),
  })
  .partial()
  .meta({ id: 'ChangeEventRequest' });
export type EventChange = z.infer<typeof EventChange>;

const EventPage = page(EventSummary).meta({ id: 'EventPage' });
const EventParams = z.object({ id: Id });
const oneEvent = { description: 'The event', schema: Event };

export const listEvents = operation({
  id: 'listEvents',
  tag: 'Events',
  summary: 'Published events that are not over, soonest first',
  method: 'get',
  path: '/events',
  access: 'public',
  query: z.object({
    ...PageQuery,
    q: z
      .string()
      .max(200)
      .optional()
      .describe(
        'Words, or beginnings of words, in title or venue, all of which an event must have (the first ten count). Case, ' +
          'accents, and punctuation within a word do not matter: `oconnor` finds O’Connor, `acdc` finds AC/DC, and ' +
          '`munchen` and `muenchen` both find München. In scripts without spaces, such as Japanese, a word may begin at ' +
          'any character. Text without a letter or digit finds nothing; spaces alone, or nothing, is no search',
      ),
    from: InstantInput.optional().describe('Events that end after this'),
    to: InstantInput.optional().describe('Events that start before this'),
  }),
  answers: {
    200: { description: 'One page', schema: EventPage, headers: { ETag: 'Version of the body' } },
    304: { description: 'Not modified' },
  },
  errors: [],
});

export const readEvent = operation({
  id: 'readEvent',
  tag: 'Events',
  summary: 'One event with its ticket types',
  description: 'Drafts are shown to their organizer only.',
  method: 'get',
  path: '/events/{id}',
  access: 'optional',
  params: EventParams,
  answers: { 200: { ...oneEvent, headers: { ETag: 'Version of the body' } }, 304: { description: 'Not modified' } },
  errors: ['NOT_FOUND'],
});

export const createEvent = operation({
  id: 'createEvent',
  tag: 'Events',
  summary: 'Create an event with its ticket types',
  method: 'post',
  path: '/events',
  access: ['organizer', 'admin'],
  body: NewEvent,
  answers: { 201: { description: 'Created', schema: Event, headers: { Location: 'Path of the event' } } },
  errors: [],
});

export const changeEvent = operation({
  id: 'changeEvent',
  tag: 'Events',
  summary: 'Change an event or its ticket types',
  description: 'Capacity never goes below what is held or sold. The currency stays once the event was published.',
  method: 'patch',
  path: '/events/{id}',
  access: ['organizer', 'admin'],
  params: EventParams,
  headers: z.object({ 'if-match': z.string().max(100).optional().describe('Change only this version: `"3"`') }),
  body: EventChange,
  answers: { 200: oneEvent },
  errors: ['NOT_FOUND', 'VERSION_CONFLICT', 'EVENT_STATE'],
});

export const publishEvent = operation({
  id: 'publishEvent',
  tag: 'Events',
  summary: 'Put a draft on sale',
  method: 'post',
  path: '/events/{id}/publish',
  access: ['organizer', 'admin'],
  params: EventParams,
  answers: { 200: oneEvent },
  errors: ['NOT_FOUND', 'EVENT_STATE'],
});

export const CancelEventRequest = z
  .strictObject({
    evenIfOver: z.boolean().default(false).describe('Also if the event is over, and everyone who came is refunded'),
  })
  .meta({ id: 'CancelEventRequest' });

export const cancelEvent = operation({
  id: 'cancelEvent',
  tag: 'Events',
  summary: 'Cancel an event: pending orders end, paid ones are refunded',
  description: 'Cannot be undone. An event that is over is refused, unless the body says `evenIfOver`.',
  method: 'post',
  path: '/events/{id}/cancel',
  access: ['organizer', 'admin'],
  params: EventParams,
  body: CancelEventRequest,
  isBodyOptional: true,
  answers: { 200: oneEvent },
  errors: ['NOT_FOUND', 'EVENT_STATE'],
});

export const eventOperations = [listEvents, readEvent, createEvent, changeEvent, publishEvent, cancelEvent] as const;
