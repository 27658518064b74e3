import type { RefundReason } from '@ticketing/types/order';
import type pg from 'pg';
import type { Effect, MailOccasion } from './outbox.ts';
import type { RefundState } from './settling.ts';

/** What a mail to a buyer tells. */
export interface OrderMail {
  occasion: MailOccasion;
  /** The buyer's address. */
  to: string;
  order: {
    id: string;
    /** Minor units of `currency`. */
    total: number;
    currency: string;
    lines: { name: string; quantity: number; unitPrice: number }[];
  };
  event: { id: string; title: string; venue: string; timezone: string; startsAt: Date; endsAt: Date };
  /** Valid ones only. */
  tickets: { code: string; ticketTypeName: string }[];
  /** The money that goes back or has come back; null where the mail is not about any. */
  refund: MailedRefund | null;
}

/** Money that goes back, in minor units of `currency`. */
export interface MailedRefund {
  /** What the provider was made to send back: 0 for an order that cost nothing, null as long as it has not taken it on. */
  amount: number | null;
  /** What had gone back of the same payment before. */
  earlierAmount: number;
  currency: string;
  reason: RefundReason;
}

/**
 * What to write, as things stand now; the catalogue's words are the current ones. Undefined if there is nothing to say any
 * more: tickets that became void before they were sent.
 */
export async function readOrderMail(
  pool: pg.Pool,
  { mail, orderId, intentId, refundId }: Extract<Effect, { kind: 'mail' }>,
): Promise<OrderMail | undefined> {
  const { rows } = await pool.query<MailRow>({
    name: 'order-mail',
    text: `
      select
        o.email, o.total, o.currency, o.refund_reason, o.event_id, e.event_title, e.venue, e.timezone, e.starts_at, e.ends_at,
        (
          select json_agg(json_build_object('name', l.name, 'quantity', l.quantity, 'unitPrice', l.unit_price)
            order by l.position)
          from order_lines l
          where l.order_id = o.id
        ) as lines,
        (
          select json_agg(json_build_object('code', t.code, 'ticketTypeName', l.name) order by t.id)
          from tickets t
          join order_lines l on l.order_id = t.order_id and l.ticket_type_id = t.ticket_type_id
          where t.order_id = o.id and t.status <> 'void'
        ) as tickets,
        coalesce(
          (
            select json_agg(
              json_build_object('id', r.id, 'amount', r.amount, 'reason', r.reason, 'status', r.status) order by r.created_at
            )
            from payment_refunds r
            where r.order_id = o.id and r.payment_intent_id = coalesce($2, o.paid_intent_id)
          ),
          -- One that a replica of the release before has asked for.
          (
            select json_agg(json_build_object('id', null, 'amount', r.amount, 'reason', r.reason, 'status', r.status))
            from refunds r
            where r.order_id = o.id and r.payment_intent_id = coalesce($2, o.paid_intent_id)
          ),
          '[]'
        ) as refunds
      from orders o
      join order_lines first on first.order_id = o.id and first.position = 0
      join events.sellable_ticket_types e on e.ticket_type_id = first.ticket_type_id
      where o.id = $1`,
    values: [orderId, intentId ?? null],
  });
  const [row] = rows;
  if (!row) throw new Error('The order, or its event in the catalogue, is gone');
  const { tickets, currency } = row;
  if (mail === 'tickets' && !tickets) return undefined;
  return {
    occasion: mail,
    to: row.email,
    order: { id: orderId, total: row.total, currency, lines: row.lines },
    event: {
      id: row.event_id,
      title: row.event_title,
      venue: row.venue,
      timezone: row.timezone,
      startsAt: row.starts_at,
      endsAt: row.ends_at,
    },
    tickets: tickets ?? [],
    refund: mail === 'tickets' ? null : mailedRefund(row, refundId),
  };
}

function mailedRefund(
  { total, currency, refunds, refund_reason: orderReason }: MailRow,
  refundId: string | undefined,
): MailedRefund | null {
  const alive = refunds.filter(({ status }) => status !== 'failed');
  // One that failed counts no more once all the money has gone back in other ways: nobody asks for it again.
  const meant = sumOf(alive) >= total ? alive : refunds;
  // What was asked for here, or else all that went back by hand.
  const asked = meant.filter(({ id, reason }) => (refundId ? id === refundId : reason !== 'at-provider'));
  const told = asked.length > 0 ? asked : alive;
  const reason = told[0]?.reason ?? orderReason;
  if (!reason) return null;
  // One that failed is asked for again, and may be smaller then. Of those by hand, all that was paid is waited for.
  const isComplete = asked.length > 0 || sumOf(alive) >= total;
  const isTakenOn = isComplete && told.every(({ status }) => status !== 'requested' && status !== 'failed');
  const amount = total === 0 ? 0 : isTakenOn ? sumOf(told) : null;
  return { amount, earlierAmount: sumOf(alive.filter((refund) => !told.includes(refund))), currency, reason };
}

function sumOf(refunds: { amount: number }[]): number {
  return refunds.reduce((sum, { amount }) => sum + amount, 0);
}

interface MailRow {
  email: string;
  total: number;
  currency: string;
  refund_reason: RefundReason | null;
  event_id: string;
  event_title: string;
  venue: string;
  timezone: string;
  starts_at: Date;
  ends_at: Date;
  lines: OrderMail['order']['lines'];
  tickets: OrderMail['tickets'] | null;
  refunds: { id: string | null; amount: number; reason: RefundReason; status: RefundState }[];
}
