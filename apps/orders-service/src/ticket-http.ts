import { checkIn, ticketExists } from '@ticketing/order-core/check-in';
import type { OrdersDatabase } from '@ticketing/order-core/database';
import { listTickets, readOrder } from '@ticketing/order-core/read';
import type { HttpApp } from '@ticketing/service-kit/http-app';
import { ProblemError } from '@ticketing/service-kit/problem';
import * as operations from '@ticketing/types/ticket';
import QRCode from 'qrcode';
import { noSuchOrder, viewer } from './order-http.ts';

/** Tickets: listing, the QR code, letting in. */
export function implementTickets(http: HttpApp, db: OrdersDatabase): void {
  http.implement(operations.listTickets, async ({ params, user }) => {
    const order = await readOrder(db, params.id, viewer(user));
    if (!order) throw noSuchOrder();
    return { status: 200, body: await listTickets(db, order.id) };
  });

  http.implement(operations.readTicketQr, async ({ params }) => {
    if (!(await ticketExists(db.pool, params.code))) throw noSuchTicket();
    const svg = await QRCode.toString(params.code, { type: 'svg', errorCorrectionLevel: 'M' });
    return {
      status: 200,
      raw: svg,
      // The picture of a code never changes; whether the ticket is valid is asked at the door.
      headers: { 'Content-Type': 'image/svg+xml; charset=utf-8', 'Cache-Control': 'private, max-age=86400, immutable' },
    };
  });

  http.implement(operations.checkInTicket, async ({ params, user }) => {
    const checkedIn = await checkIn(db.pool, params.code, viewer(user));
    if (!checkedIn) throw noSuchTicket();
    switch (checkedIn.kind) {
      case 'checked-in':
        return { status: 200, body: checkedIn.ticket };
      case 'already': {
        const checkedInAt = checkedIn.checkedInAt.toISOString();
        throw new ProblemError('ALREADY_CHECKED_IN', `This ticket was checked in at ${checkedInAt}.`, {
          extra: { checkedInAt },
        });
      }
      case 'void':
        throw new ProblemError('ORDER_STATE', 'This ticket is void: its order was refunded.');
    }
  });
}

function noSuchTicket(): ProblemError {
  return new ProblemError('NOT_FOUND', 'There is no such ticket.');
}
