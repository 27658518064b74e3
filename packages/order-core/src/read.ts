import type { Availability, Order, OrderStatus, RefundReason } from '@ticketing/types/order';
import type { Ticket } from '@ticketing/types/ticket';
import type { OrdersDatabase } from './database.ts';
import type { Prisma } from './generated/prisma/client.ts';
import { readSellableOfEvent } from './sellable.ts';
import { available } from './stock.ts';

/** Whose orders may be seen: a buyer's own, those of an organizer's events, or all of them. */
export interface Viewer {
  userId: string;
  role: 'customer' | 'organizer' | 'admin';
}

const WITH_DETAILS = {
  lines: { orderBy: { position: 'asc' } },
  payments: { orderBy: { createdAt: 'desc' } },
} satisfies Prisma.OrderInclude;

type OrderRow = Prisma.OrderGetPayload<{ include: typeof WITH_DETAILS }>;

/** An order that the viewer may see: as buyer, as the event's organizer, or as admin. Else undefined. */
export async function readOrder(db: OrdersDatabase, orderId: string, viewer: Viewer): Promise<Order | undefined> {
  const row = await db.prisma.order.findUnique({ where: { id: orderId }, include: WITH_DETAILS });
  if (!row) return undefined;
  const isVisible = row.buyerId === viewer.userId || (await maySeeOrdersOf(db, row.eventId, viewer));
  return isVisible ? toOrder(row, row.buyerId === viewer.userId) : undefined;
}

/** Whether the viewer organises the event, or is an admin and the event exists. */
export async function maySeeOrdersOf(db: OrdersDatabase, eventId: string, viewer: Viewer): Promise<boolean> {
  if (viewer.role === 'customer') return false;
  const [ticketType] = await readSellableOfEvent(db.pool, eventId);
  return ticketType !== undefined && (viewer.role === 'admin' || ticketType.organizerId === viewer.userId);
}

export interface OrderFilter {
  /** Orders of this buyer … */
  buyerId?: string;
  /** … or of this event. */
  eventId?: string;
  status?: OrderStatus;
  /** Orders older than the one with this id. */
  before?: string;
  limit: number;
}

/** Orders, newest first. Ids grow with time, so an id is a stable place in the list. */
export async function listOrders(db: OrdersDatabase, filter: OrderFilter): Promise<Order[]> {
  const { buyerId, eventId, status, before, limit } = filter;
  const rows = await db.prisma.order.findMany({
    where: { buyerId, eventId, status, id: before === undefined ? undefined : { lt: before } },
    orderBy: { id: 'desc' },
    take: limit,
    include: WITH_DETAILS,
  });
  return rows.map((row) => toOrder(row, buyerId !== undefined));
}

/** The order's tickets, in the order of its lines; none before it is paid. The caller has checked who asks. */
export async function listTickets(db: OrdersDatabase, orderId: string): Promise<Ticket[]> {
  const rows = await db.prisma.ticket.findMany({ where: { orderId }, orderBy: { id: 'asc' } });
  return rows.map(({ id, ticketTypeId, code, status, checkedInAt }) => ({
    id,
    ticketTypeId,
    code,
    status: status as Ticket['status'],
    checkedInAt: checkedInAt?.toISOString() ?? null,
  }));
}

/** What is left of each ticket type of an event, with the event's status and organizer. Undefined: no such event. */
export async function readAvailability(
  db: OrdersDatabase,
  eventId: string,
): Promise<{ availability: Availability; eventStatus: string; organizerId: string } | undefined> {
  const ticketTypes = await readSellableOfEvent(db.pool, eventId);
  const [first] = ticketTypes;
  if (!first) return undefined;
  const { rows } = await db.pool.query<{ id: string; held: number; sold: number; as_of: Date }>({
    name: 'stock-of-event',
    text: `
      select t.id, coalesce(s.held, 0) as held, coalesce(s.sold, 0) as sold, now() as as_of
      from unnest($1::uuid[]) as t (id)
      left join ticket_stock s on s.ticket_type_id = t.id`,
    values: [ticketTypes.map(({ ticketTypeId }) => ticketTypeId)],
  });
  const stock = new Map(rows.map((row) => [row.id, row]));
  return {
    eventStatus: first.eventStatus,
    organizerId: first.organizerId,
    availability: {
      eventId,
      ticketTypes: ticketTypes.map(({ ticketTypeId, capacity }) => {
        const { held, sold } = stock.get(ticketTypeId) ?? { held: 0, sold: 0 };
        return { ticketTypeId, capacity, held, sold, available: available(capacity, { held, sold }) };
      }),
      asOf: (rows[0]?.as_of ?? new Date()).toISOString(),
    },
  };
}

function toOrder(row: OrderRow, isBuyer: boolean): Order {
  const status = row.status as OrderStatus;
  return {
    id: row.id,
    eventId: row.eventId,
    email: row.email,
    status,
    lines: row.lines.map(({ ticketTypeId, name, quantity, unitPrice }) => ({
      ticketTypeId,
      name,
      quantity,
      unitPrice,
    })),
    total: row.total,
    currency: row.currency,
    expiresAt: row.expiresAt.toISOString(),
    createdAt: row.createdAt.toISOString(),
    paidAt: row.paidAt?.toISOString() ?? null,
    refundReason: row.refundReason as RefundReason | null,
    payment: toPayment(row, isBuyer),
  };
}

function toPayment({ status, payments, paidIntentId }: OrderRow, isBuyer: boolean): Order['payment'] {
  const payment = payments.find(({ intentId }) => intentId === paidIntentId) ?? payments[0];
  if (!payment) return null;
  // The secret is the means to pay: for the buyer only, and only while there is something to pay.
  const clientSecret = isBuyer && status === 'pending' ? payment.clientSecret : null;
  const state = payment.status as 'open' | 'failed' | 'succeeded' | 'cancelled';
  return { provider: 'stripe', intentId: payment.intentId, clientSecret, status: state };
}
