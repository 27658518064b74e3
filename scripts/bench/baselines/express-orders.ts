// Reading orders as directly as can be: bare Express, the token checked, one named statement that makes the lines too.
import { accessTokenVerifier } from '@ticketing/service-kit/access-token';
import express from 'express';
import pg from 'pg';

const { PORT, DATABASE_URL = '', DATABASE_POOL_SIZE, JWT_SECRET = '' } = process.env;
const PAGE = 20;

const pool = new pg.Pool({
  connectionString: DATABASE_URL,
  max: Number(DATABASE_POOL_SIZE),
  options: '-c search_path=orders',
});
const verify = accessTokenVerifier({ current: JWT_SECRET });

const ORDER = `
  select o.id, o.event_id as "eventId", o.email, o.status,
    (
      select json_agg(
        json_build_object('ticketTypeId', ticket_type_id, 'name', name, 'quantity', quantity, 'unitPrice', unit_price)
        order by position
      )
      from order_lines
      where order_id = o.id
    ) as lines,
    o.total, o.currency, o.expires_at as "expiresAt", o.created_at as "createdAt", o.paid_at as "paidAt",
    o.refund_reason as "refundReason",
    (
      select json_build_object('provider', 'stripe', 'intentId', intent_id, 'clientSecret', null, 'status', status)
      from payments
      where order_id = o.id
      order by created_at desc
      limit 1
    ) as payment
  from orders o`;

const app = express();
app.disable('x-powered-by').disable('etag');
app.get('/ready', (_request, response) => response.end());
app.get('/orders/:id', async (request, response) => {
  const { sub } = verify(request.headers.authorization ?? '');
  const { rows } = await pool.query({
    name: 'order',
    text: `${ORDER} where o.id = $1 and o.buyer_id = $2`,
    values: [request.params.id, sub],
  });
  response.status(rows.length === 1 ? 200 : 404).json(rows[0]);
});
app.get('/orders', async (request, response) => {
  const { sub } = verify(request.headers.authorization ?? '');
  const { rows } = await pool.query({
    name: 'orders',
    text: `${ORDER} where o.buyer_id = $1 order by o.id desc limit ${PAGE}`,
    values: [sub],
  });
  response.json({ items: rows, nextCursor: null });
});
app.listen(Number(PORT), '127.0.0.1');

const end = () => process.exit();
process.on('SIGTERM', end);
process.on('disconnect', end);
