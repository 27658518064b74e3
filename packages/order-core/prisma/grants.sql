-- Who may do what in the orders schema. Applied after every migration run; safe to repeat.

grant usage on schema orders to ticketing_orders, ticketing_worker, ticketing_events, ticketing_gateway;

-- Nothing is ever deleted here: orders, payments and refunds are kept.
grant select, insert, update on
    orders.ticket_stock,
    orders.orders,
    orders.payments,
    orders.tickets,
    orders.refunds,
    orders.payment_refunds,
    orders.provider_sync,
    orders.payment_events,
    orders.outbox,
    orders.event_cancellations
to ticketing_orders, ticketing_worker;

-- A line never changes, nor does what a person decided.
grant select, insert on orders.order_lines, orders.interventions to ticketing_orders, ticketing_worker;

-- What was done at the door is kept as it was.
grant select, insert on orders.check_ins to ticketing_orders;

-- What orders publishes to the catalogue.
grant select on orders.ticket_stock to ticketing_events;
revoke all on function orders.lock_ticket_stock(uuid[]) from public;
grant execute on function orders.lock_ticket_stock(uuid[]) to ticketing_events;

-- Whether payments are real, which orders publishes to the gateway.
grant select, insert, update on orders.payment_mode to ticketing_orders;
grant select on orders.payment_mode to ticketing_gateway;
