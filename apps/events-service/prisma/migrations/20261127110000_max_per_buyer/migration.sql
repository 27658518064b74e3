-- Tickets that one buyer may have of an event, and of a ticket type; null: any number.
alter table events
    add column max_per_buyer int,
    add constraint events_max_per_buyer_check check (max_per_buyer >= 1);

alter table ticket_types
    add column max_per_buyer int,
    add constraint ticket_types_max_per_buyer_check check (max_per_buyer >= 1);

-- As before, with both limits at the end: replicas of the release before go on reading the columns that they know.
create or replace view sellable_ticket_types as
select
    t.id as ticket_type_id,
    e.id as event_id,
    e.organizer_id,
    e.title as event_title,
    e.venue,
    e.timezone,
    e.starts_at,
    e.ends_at,
    e.status,
    t.name,
    t.price,
    e.currency,
    t.capacity,
    t.max_per_order,
    t.sales_start,
    t.sales_end,
    t.position,
    e.max_per_buyer as event_max_per_buyer,
    t.max_per_buyer
from ticket_types t
join events e on e.id = t.event_id;
