import type pg from 'pg';
import type { SettlingOrder } from './settling.ts';

/** Orders are always locked before stock, and in id order. */
export async function lockOrders(client: pg.ClientBase, orderIds: string[]): Promise<Map<string, SettlingOrder>> {
  const { rows } = await client.query<SettlingOrder>({
    name: 'lock-orders',
    text: `
      select
        o.id,
        o.event_id as "eventId",
        o.status,
        o.total,
        o.currency,
        o.paid_intent_id as "paidIntentId",
        o.refund_reason as "refundReason",
        (
          select json_agg(json_build_object('ticketTypeId', l.ticket_type_id, 'quantity', l.quantity))
          from order_lines l
          where l.order_id = o.id
        ) as lines
      from orders o
      where o.id = any($1::uuid[])
      order by o.id
      for update of o`,
    values: [orderIds],
  });
  return new Map(rows.map((row) => [row.id, row]));
}
