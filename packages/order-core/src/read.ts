import type { Availability, Order, OrderStatus } from '@ticketing/types/order';
import type { Ticket } from '@ticketing/types/ticket';
import type { OrdersDatabase } from './database.ts';
import { mayManageEvent, mayManageSql, type Viewer } from './event-rights.ts';
import type { Sellable } from './sellable.ts';
import { available, type Stock } from './stock.ts';

/** An order with its lines, in their order, and its payments, the newest first. */
interface OrderRow extends Pick<Order, 'id' | 'eventId' | 'email' | 'status' | 'total' | 'currency' | 'refundReason'> {
  buyerId: string;
  expiresAt: Date;
  createdAt: Date;
  paidAt: Date | null;
  paidIntentId: string | null;
  lines: Order['lines'];
  payments: { intentId: string; status: 'open' | 'failed' | 'succeeded' | 'cancelled'; clientSecret: string | null }[];
}

// Plain SQL, since buyers poll it: Prisma takes four times as long.
const SELECT_ORDERS = `
  select
    o.id,
    o.buyer_id as "buyerId",
    o.event_id as "eventId",
    o.email,
    o.status,
    o.total,
    o.currency,
    o.expires_at as "expiresAt",
    o.created_at as "createdAt",
    o.paid_at as "paidAt",
    o.paid_intent_id as "paidIntentId",
    o.refund_reason as "refundReason",
    (
      select json_agg(
        json_build_object(
          'ticketTypeId', l.ticket_type_id, 'name', l.name, 'quantity', l.quantity, 'unitPrice', l.unit_price
        ) order by l.position
      )
      from order_lines l
      where l.order_id = o.id
    ) as lines,
    (
      select coalesce(
        json_agg(
          json_build_object('intentId', p.intent_id, 'status', p.status, 'clientSecret', p.client_secret)
          order by p.created_at desc
        ),
        '[]'
      )
      from payments p
      where p.order_id = o.id
    ) as payments
  from orders o`;

/**
 * An order that the viewer may see: as its buyer, or as someone who may manage its event. Else undefined. Seeing it is no
 * right to do anything with it: see `mayManageOrder`.
 */
export async function readOrder(db: OrdersDatabase, orderId: string, viewer: Viewer): Promise<Order | undefined> {
  const { rows } = await db.pool.query<OrderRow>({
    name: 'read-order',
    text: `
      ${SELECT_ORDERS}
      where o.id = $1
        and (o.buyer_id = $2 or ${mayManageSql({ eventId: 'o.event_id', userId: '$2', role: '$3' })})`,
    values: [orderId, viewer.userId, viewer.role],
  });
  return rows[0] && toOrder(rows[0], viewer);
}

export interface OrderFilter {
  eventId?: string | undefined;
  status?: OrderStatus | undefined;
  /** Orders older than the one with this id. */
  before?: string | undefined;
  limit: number;
}

/** How orders are told by each part of a filter. */
const CONDITIONS = {
  buyerId: 'o.buyer_id =',
  eventId: 'o.event_id =',
  status: 'o.status =',
  before: 'o.id <',
} satisfies Record<string, string>;

/**
 * The viewer's own orders, newest first; with `eventId`, all orders of an event that they may manage, and their own of any
 * other. Ids grow with time, so an id is a stable place in the list.
 */
export async function listOrders(
  db: OrdersDatabase,
  viewer: Viewer,
  { limit, ...wanted }: OrderFilter,
): Promise<Order[]> {
  const { eventId } = wanted;
  const isManager = eventId !== undefined && (await mayManageEvent(db.pool, eventId, viewer));
  const filter = { ...wanted, buyerId: isManager ? undefined : viewer.userId };
  const given = (Object.keys(CONDITIONS) as (keyof typeof CONDITIONS)[]).filter((part) => filter[part] !== undefined);
  const conditions = given.map((part, index) => `${CONDITIONS[part]} $${index + 2}`);
  const { rows } = await db.pool.query<OrderRow>({
    name: `list-orders-${given.join('-')}`,
    text: `${SELECT_ORDERS} where ${['true', ...conditions].join(' and ')} order by o.id desc limit $1`,
    values: [limit, ...given.map((part) => filter[part])],
  });
  return rows.map((row) => toOrder(row, viewer));
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

/** What is left of each ticket type of an event, and the event's status. Undefined: no such event. */
export async function readAvailability(
  db: OrdersDatabase,
  eventId: string,
): Promise<{ availability: Availability; eventStatus: string } | undefined> {
  // One statement, without an array: the plan for any event is as good as one for this event, so it is made once.
  const { rows } = await db.pool.query<AvailabilityRow>({
    name: 'availability-of-event',
    text: `
      select
        t.ticket_type_id as "ticketTypeId",
        t.status as "eventStatus",
        t.capacity,
        coalesce(s.held, 0) as held,
        coalesce(s.sold, 0) as sold,
        now() as "asOf"
      from events.sellable_ticket_types t
      left join ticket_stock s on s.ticket_type_id = t.ticket_type_id
      where t.event_id = $1
      order by t.position`,
    values: [eventId],
  });
  const [first] = rows;
  if (!first) return undefined;
  return {
    eventStatus: first.eventStatus,
    availability: {
      eventId,
      ticketTypes: rows.map(({ ticketTypeId, capacity, held, sold }) => {
        return { ticketTypeId, capacity, held, sold, available: available(capacity, { held, sold }) };
      }),
      asOf: first.asOf.toISOString(),
    },
  };
}

interface AvailabilityRow extends Pick<Sellable, 'ticketTypeId' | 'eventStatus' | 'capacity'>, Stock {
  asOf: Date;
}

function toOrder(row: OrderRow, viewer: Viewer): Order {
  const { id, eventId, email, status, lines, total, currency, refundReason } = row;
  return {
    ...{ id, eventId, email, status, lines, total, currency },
    expiresAt: row.expiresAt.toISOString(),
    createdAt: row.createdAt.toISOString(),
    paidAt: row.paidAt?.toISOString() ?? null,
    refundReason,
    payment: toPayment(row, row.buyerId === viewer.userId),
  };
}

function toPayment({ status, payments, paidIntentId }: OrderRow, isBuyer: boolean): Order['payment'] {
  const payment = payments.find(({ intentId }) => intentId === paidIntentId) ?? payments[0];
  if (!payment) return null;
  // The secret is the means to pay: for the buyer only, and only while there is something to pay.
  const clientSecret = isBuyer && status === 'pending' ? payment.clientSecret : null;
  return { provider: 'stripe', intentId: payment.intentId, clientSecret, status: payment.status };
}
