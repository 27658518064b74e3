import { z } from 'zod';
import { operation } from './operation.ts';
import { Id, Instant } from './primitives.ts';
import { TicketCode, TicketCodeInput } from './ticket-code.ts';

export const Ticket = z
  .object({
    id: Id,
    ticketTypeId: Id,
    code: TicketCode,
    status: z.enum(['valid', 'checked_in', 'void']),
    checkedInAt: Instant.nullable(),
  })
  .meta({ id: 'Ticket' });
export type Ticket = z.infer<typeof Ticket>;

/** A ticket as whoever works the door needs it: with what it is for. */
export const TicketAtDoor = Ticket.extend({
  event: z.object({ id: Id, title: z.string() }),
  ticketType: z.object({ id: Id, name: z.string() }),
}).meta({ id: 'TicketAtDoor' });
export type TicketAtDoor = z.infer<typeof TicketAtDoor>;

const CodeParams = z.object({ code: TicketCodeInput });

const DoorRequest = z
  .strictObject({
    eventId: Id.optional().describe('The event that people are let in to; a ticket of another one is WRONG_EVENT'),
  })
  .meta({ id: 'DoorRequest' });

export const listTickets = operation({
  id: 'listTickets',
  tag: 'Tickets',
  summary: 'Tickets of an order',
  method: 'get',
  path: '/orders/{id}/tickets',
  access: 'signed-in',
  params: z.object({ id: Id }),
  answers: { 200: { description: 'The tickets; none before the order is paid', schema: z.array(Ticket) } },
  errors: ['NOT_FOUND'],
});

/** The same SVG as text, too: generated clients know what to do with text, and of pictures not all do. */
export const QR_MEDIA_TYPES = ['image/svg+xml', 'text/xml'] as const;

export const readTicketQr = operation({
  id: 'readTicketQr',
  tag: 'Tickets',
  summary: "A ticket's QR code, for whoever knows the code",
  method: 'get',
  path: '/tickets/{code}/qr.svg',
  access: 'public',
  params: CodeParams,
  answers: { 200: { description: 'The QR code', mediaTypes: QR_MEDIA_TYPES } },
  errors: ['NOT_FOUND'],
});

export const checkInTicket = operation({
  id: 'checkInTicket',
  tag: 'Tickets',
  summary: 'Let a ticket in, once',
  method: 'post',
  path: '/tickets/{code}/check-in',
  description:
    'With `eventId`, a ticket of another event is refused and stays as it is. Every refusal of a ticket names its `event` ' +
    'and `ticketType`, and ALREADY_CHECKED_IN has `checkedInAt`.',
  access: ['organizer', 'admin'],
  params: CodeParams,
  body: DoorRequest,
  isBodyOptional: true,
  answers: { 200: { description: 'Checked in', schema: TicketAtDoor } },
  errors: ['NOT_FOUND', 'WRONG_EVENT', 'ALREADY_CHECKED_IN', 'ORDER_STATE'],
});

export const undoCheckIn = operation({
  id: 'undoCheckIn',
  tag: 'Tickets',
  summary: 'Take a check-in back: the ticket is valid again',
  method: 'post',
  path: '/tickets/{code}/check-in/undo',
  description: 'Both acts stay on record. A ticket that is not checked in is refused with ORDER_STATE.',
  access: ['organizer', 'admin'],
  params: CodeParams,
  body: DoorRequest,
  isBodyOptional: true,
  answers: { 200: { description: 'Valid again', schema: TicketAtDoor } },
  errors: ['NOT_FOUND', 'WRONG_EVENT', 'ORDER_STATE'],
});

export const ticketOperations = [listTickets, readTicketQr, checkInTicket, undoCheckIn] as const;
