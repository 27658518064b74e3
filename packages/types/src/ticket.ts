import { z } from 'zod';
import { operation } from './operation.ts';
import { Id, Instant } from './primitives.ts';

/** 26 characters of Crockford's base 32: 130 random bits, read in either case. */
export const TicketCode = z
  .string()
  .toUpperCase()
  .regex(/^[0-9A-HJKMNP-TV-Z]{26}$/)
  .meta({ example: '7ZKQ3M9T0XWRV5N8J2H4C6B1DE' });

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

const CodeParams = z.object({ code: TicketCode });

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

export const readTicketQr = operation({
  id: 'readTicketQr',
  tag: 'Tickets',
  summary: "A ticket's QR code, for whoever knows the code",
  method: 'get',
  path: '/tickets/{code}/qr.svg',
  access: 'public',
  params: CodeParams,
  answers: { 200: { description: 'The QR code', mediaType: 'image/svg+xml' } },
  errors: ['NOT_FOUND'],
});

export const checkInTicket = operation({
  id: 'checkInTicket',
  tag: 'Tickets',
  summary: 'Let a ticket in, once',
  method: 'post',
  path: '/tickets/{code}/check-in',
  access: ['organizer', 'admin'],
  params: CodeParams,
  answers: { 200: { description: 'Checked in', schema: Ticket } },
  errors: ['NOT_FOUND', 'ALREADY_CHECKED_IN', 'ORDER_STATE'],
});

export const ticketOperations = [listTickets, readTicketQr, checkInTicket] as const;
