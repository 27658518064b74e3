import { checkIn, ticketExists, undoCheckIn, type DoorAct } from '@ticketing/order-core/check-in';
import type { OrdersDatabase } from '@ticketing/order-core/database';
import { listTickets, readOrder } from '@ticketing/order-core/read';
import type { HttpApp } from '@ticketing/service-kit/http-app';
import { ProblemError } from '@ticketing/service-kit/problem';
import * as operations from '@ticketing/types/ticket';
import type { TicketAtDoor } from '@ticketing/types/ticket';
import { NOT_A_TICKET_CODE, readTicketCode } from '@ticketing/types/ticket-code';
import QRCode from 'qrcode';
import { noSuchOrder, viewer } from './order-http.ts';

/** Tickets: listing, the QR code, letting in. */
export function implementTickets(http: HttpApp, db: OrdersDatabase): void {
  http.implement(operations.listTickets, async ({ params, user }) => {
    const order = await readOrder(db, params.id, viewer(user));
    if (!order) throw noSuchOrder();
    return { status: 200, body: await listTickets(db, order.id) };
  });

  http.implement(operations.readTicketQr, async ({ params, request }) => {
    if (!(await ticketExists(db.pool, params.code))) throw noSuchTicket();
    const [usual] = operations.QR_MEDIA_TYPES;
    const type = request.accepts(...operations.QR_MEDIA_TYPES) || usual;
    const svg = await QRCode.toString(params.code, { type: 'svg', errorCorrectionLevel: 'M' });
    return {
      status: 200,
      raw: svg,
      // The picture of a code never changes; whether the ticket is valid is asked at the door.
      headers: {
        'Content-Type': `${type}; charset=utf-8`,
        'Cache-Control': 'private, max-age=86400, immutable',
        Vary: 'Accept',
      },
    };
  });

  http.implement(operations.checkInTicket, async ({ params: { code }, body: { eventId }, user }) => {
    const act = await checkIn(db.pool, { code, eventId, viewer: viewer(user) });
    return { status: 200, body: done(act) };
  });

  http.implement(operations.undoCheckIn, async ({ params: { code }, body: { eventId }, user }) => {
    const act = await undoCheckIn(db.pool, { code, eventId, viewer: viewer(user) });
    return { status: 200, body: done(act) };
  });
}

/** The ticket after an act at the door. @throws {ProblemError} if it was refused, with what the ticket is for */
function done(act: DoorAct | undefined): TicketAtDoor {
  if (!act) throw noSuchTicket();
  const { kind, ticket } = act;
  const { event, ticketType, checkedInAt } = ticket;
  switch (kind) {
    case 'done':
      return ticket;
    case 'wrong-event':
      throw new ProblemError('WRONG_EVENT', `This ticket is for another event: ${event.title}. It was not used.`, {
        extra: { event, ticketType },
      });
    case 'already-in':
      throw new ProblemError('ALREADY_CHECKED_IN', `This ticket was checked in at ${checkedInAt}.`, {
        extra: { checkedInAt, event, ticketType },
      });
    case 'not-in':
      throw new ProblemError('ORDER_STATE', 'This ticket is not checked in.', { extra: { event, ticketType } });
    case 'void':
      throw new ProblemError('ORDER_STATE', 'This ticket is void: its order was refunded.', {
        extra: { event, ticketType },
      });
  }
}

function noSuchTicket(): ProblemError {
  return new ProblemError('NOT_FOUND', 'There is no ticket with this code.');
}

/** Of paths below `/tickets` that are nobody's: a QR code of something else may have slashes, or nothing, in it. */
export function sayOfNoTicket(path: string): string | undefined {
  const code = /^\/tickets\/(?=.)([^/]*)/i.exec(path)?.[1];
  return code !== undefined && readTicketCode(code) === undefined ? NOT_A_TICKET_CODE : undefined;
}
