-- Owner: events-service. Names nothing outside this schema, so that it can be applied and checked alone.

create table events (
    id uuid not null,
    organizer_id uuid not null,
    title text not null,
    description text not null,
    venue text not null,
    timezone text not null,
    starts_at timestamptz(3) not null,
    ends_at timestamptz(3) not null,
    currency text not null,
    status text not null,
    version int not null default 1,
    search_words text[] not null,
    published_at timestamptz(3),
    created_at timestamptz(3) not null,
    updated_at timestamptz(3) not null,

    constraint events_pkey primary key (id),
    constraint events_title_check check (title <> ''),
    constraint events_venue_check check (venue <> ''),
    constraint events_timezone_check check (timezone <> ''),
    constraint events_ends_at_check check (ends_at > starts_at),
    constraint events_currency_check check (currency ~ '^[A-Z]{3}$'),
    constraint events_status_check check (status in ('draft', 'published', 'cancelled')),
    -- A draft was never seen, a published event was; a cancelled one may have been either.
    constraint events_published_at_check check (status = 'cancelled' or (status = 'published') = (published_at is not null)),
    constraint events_version_check check (version >= 1),
    constraint events_search_words_check check (array_position(search_words, null) is null and '' <> all (search_words))
);

create table ticket_types (
    id uuid not null,
    event_id uuid not null,
    position smallint not null,
    name text not null,
    description text not null,
    price int not null,
    capacity int not null,
    max_per_order int not null,
    sales_start timestamptz(3),
    sales_end timestamptz(3),

    constraint ticket_types_pkey primary key (id),
    constraint ticket_types_event_id_fkey
        foreign key (event_id) references events (id) on delete restrict on update restrict,
    constraint ticket_types_position_check check (position >= 0),
    constraint ticket_types_name_check check (name <> ''),
    -- Eight digits are the most that Stripe takes.
    constraint ticket_types_price_check check (price between 0 and 99999999),
    constraint ticket_types_capacity_check check (capacity >= 1),
    constraint ticket_types_max_per_order_check check (max_per_order >= 1),
    constraint ticket_types_sales_end_check check (sales_end > sales_start),
    -- Checked at the end of a transaction, so that one change may swap two names.
    constraint ticket_types_event_id_name_key unique (event_id, name) deferrable initially deferred
);

create unique index ticket_types_event_id_position_key on ticket_types (event_id, position);

-- The list: events to come, soonest first, page by page.
create index events_listing_idx on events (starts_at, id) where status = 'published';

-- The list's head: events under way, however long they last and however many are over.
create index events_span_idx on events using gist (tstzrange(starts_at, ends_at)) where status = 'published';

-- Search by beginnings of words. The array becomes a tsvector as it is: no parser splits words a second time.
create index events_search_idx on events using gin (array_to_tsvector(search_words)) where status = 'published';

-- orders-service looks for cancelled events every few seconds; they are few among many.
create index events_cancelled_idx on events (id) where status = 'cancelled';

-- What the catalogue publishes to the rest of the platform: its contract. One row per ticket type, whatever the status,
-- which is the event's. Columns may be added at the end; changing or removing one needs an issue.
create view sellable_ticket_types as
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
    t.position
from ticket_types t
join events e on e.id = t.event_id;
