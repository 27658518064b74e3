-- Who may do what in the events schema. Applied after every migration run; safe to repeat.

revoke all on all tables in schema events from ticketing_events, ticketing_orders, ticketing_worker, ticketing_gateway;
grant usage on schema events to ticketing_events, ticketing_orders, ticketing_worker;

-- Nothing is ever deleted here, and an event keeps its id and its organizer, a ticket type its event.
grant select, insert on events.events, events.ticket_types to ticketing_events;
grant update (
    title, description, venue, timezone, starts_at, ends_at, currency, status, max_per_buyer, version, search_words,
    published_at, updated_at
) on events.events to ticketing_events;
grant update (name, description, price, capacity, max_per_order, max_per_buyer, sales_start, sales_end)
    on events.ticket_types to ticketing_events;

grant select, update (epoch) on events.cache_epoch to ticketing_events;

-- What events publishes to orders-service and payment-worker, which see nothing else of it.
grant select on events.sellable_ticket_types to ticketing_orders, ticketing_worker;
