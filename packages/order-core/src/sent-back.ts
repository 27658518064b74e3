import type pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { intentKey } from './refund-rules.ts';

/** A payment that a person sends back, since it can buy nothing here. */
export interface SendingBack {
  orderId: string;
  intentId: string;
  actor: string;
  note: string | null;
}

/** How a payment is called in `interventions`. */
const PAYMENT = 'payment:';

/**
 * Keeps who sends a payment back, and why; before the provider is asked, so that its reports about it are understood.
 * Returns which attempt it is, from 1.
 */
export async function recordSendingBack(
  pool: pg.Pool,
  { orderId, intentId, actor, note }: SendingBack,
): Promise<number> {
  const subject = `${PAYMENT}${intentId}`;
  await pool.query(
    `insert into interventions (id, order_id, subject, action, actor, note) values ($1, $2, $3, 'refund', $4, $5)`,
    [uuidv7(), orderId, subject, actor, note],
  );
  const { rows } = await pool.query<{ attempts: number }>(
    `select count(*)::int as attempts from interventions where order_id = $1 and action = 'refund' and subject = $2`,
    [orderId, subject],
  );
  return rows[0]?.attempts ?? 1;
}

/** Payments of orders that were sent back by a person, by `intentKey`. */
export async function readSentBack(client: pg.ClientBase, orderIds: string[]): Promise<Set<string>> {
  if (orderIds.length === 0) return new Set();
  const { rows } = await client.query<{ orderId: string; intentId: string }>({
    name: 'sent-back',
    text: `
      select order_id as "orderId", substr(subject, length($2::text) + 1) as "intentId"
      from interventions
      where order_id = any($1::uuid[]) and action = 'refund' and starts_with(subject, $2)`,
    values: [orderIds, PAYMENT],
  });
  return new Set(rows.map(({ orderId, intentId }) => intentKey({ orderId, paymentIntentId: intentId })));
}

/** Why a payment must not be sent back: it has bought something, or may yet. */
export type Obstacle =
  /** The order is there now. */
  | 'order-known'
  /** It paid its order. */
  | 'paid';

/** Whether a payment that was rejected can buy nothing: its order is unknown, or another payment's or nobody's. */
export async function findObstacle(
  pool: pg.Pool,
  { orderId, intentId, code }: { orderId: string; intentId: string; code: string },
): Promise<Obstacle | undefined> {
  const { rows } = await pool.query<{ paidIntentId: string | null }>(
    'select paid_intent_id as "paidIntentId" from orders where id = $1',
    [orderId],
  );
  const [order] = rows;
  if (!order) return undefined;
  if (order.paidIntentId === intentId) return 'paid';
  return code === 'UNKNOWN_ORDER' ? 'order-known' : undefined;
}
