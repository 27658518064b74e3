import type { Charge, PaymentIntent, Refund } from './local-stripe.ts';
import type pg from 'pg';

/** What must hold at every moment that no request is under way, as queries for what breaks it. */
const RULES: Record<string, string> = {
  'no more held and sold than there is': `
    select t.id from events.ticket_types t join orders.ticket_stock s on s.ticket_type_id = t.id
    where s.held + s.sold > t.capacity`,
  'what is held is in pending orders': `
    select s.ticket_type_id from orders.ticket_stock s
    where s.held <> (
      select coalesce(sum(l.quantity), 0) from orders.order_lines l join orders.orders o on o.id = l.order_id
      where l.ticket_type_id = s.ticket_type_id and o.status = 'pending'
    )`,
  'what is sold is in paid orders': `
    select s.ticket_type_id from orders.ticket_stock s
    where s.sold <> (
      select coalesce(sum(l.quantity), 0) from orders.order_lines l join orders.orders o on o.id = l.order_id
      where l.ticket_type_id = s.ticket_type_id and o.status = 'paid'
    )`,
  'what is sold has a ticket that is worth something': `
    select s.ticket_type_id from orders.ticket_stock s
    where s.sold <> (
      select count(*) from orders.tickets t where t.ticket_type_id = s.ticket_type_id and t.status <> 'void'
    )`,
  'a total is the sum of its lines': `
    select o.id from orders.orders o
    where o.total <> (select sum(l.quantity * l.unit_price) from orders.order_lines l where l.order_id = o.id)`,
};

export interface Books {
  paymentIntents: PaymentIntent[];
  charges: Charge[];
  refunds: Refund[];
}

/** What is wrong in the database, or between it and Stripe's books, once all is settled: empty if nothing is. */
export async function findFaults(admin: pg.Pool, { paymentIntents, refunds }: Books): Promise<string[]> {
  const faults: string[] = [];
  for (const [rule, sql] of Object.entries(RULES)) {
    const { rows } = await admin.query(sql);
    if (rows.length > 0) faults.push(`broken: ${rule} (${rows.length} times)`);
  }
  const { rows: paid } = await admin.query<{ intent: string }>(
    `select paid_intent_id as intent from orders.orders where status = 'paid' and paid_intent_id is not null`,
  );
  const paidIntents = new Set(paid.map(({ intent }) => intent));
  for (const { id, status, amount_received: received } of paymentIntents) {
    const back = refunds
      .filter((refund) => refund.payment_intent === id && refund.status !== 'failed' && refund.status !== 'canceled')
      .reduce((sum, { amount }) => sum + amount, 0);
    const isPaid = paidIntents.has(id);
    // A paid order may have had parts of it refunded by hand; whatever bought nothing goes back, all of it.
    const isRight = status === 'succeeded' ? (isPaid ? back < received : back === received) : !isPaid && back === 0;
    if (!isRight)
      faults.push(`broken: ${id} is ${status}, ${isPaid ? 'paid an order' : 'paid no order'}, ${back} went back`);
  }
  return faults;
}
