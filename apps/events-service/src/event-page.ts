/*
 * CTEs of which `page` has the events of a page of the list, `id` and `starts_at`, soonest first, and one more if there
 * is one. Parameters: $1 they end after, $2 they start before, ($3, $4) the page before ended at, ($5, $6) the same or
 * later: where what is to come goes on, $7 how many, $8 the words searched for, a tsquery.
 */

const UNDER_WAY = `
  under_way as materialized (
    select id, starts_at, search_words
    from events
    where status = 'published' and tstzrange(starts_at, ends_at) @> $1::timestamptz
  )`;

const TO_COME = `status = 'published' and starts_at < $2 and (starts_at, id) > ($5, $6)`;

/** What is to come is read from the index in its order. */
export const LISTED_PAGE = `${UNDER_WAY},
  page as (
    (
      select id, starts_at
      from under_way
      where starts_at < $2 and (starts_at, id) > ($3, $4)
      order by starts_at, id
      limit $7
    )
    union all
    (
      select id, starts_at
      from events
      where ${TO_COME}
      order by starts_at, id
      limit $7
    )
    order by starts_at, id
    limit $7
  )`;

/** So many events are looked at one after the other before the index of words is asked. */
const LOOKED_AT = 300;
/** So many more, where so many of the first were found that reading on costs less than what the index would give. */
const LOOKED_AT_MORE = 3_000;
const FREQUENT = 6;

const MATCHES = 'array_to_tsvector(search_words) @@ $8::tsquery';

/**
 * The same for a search. Postgres cannot choose well between reading in order until the page is full, and asking the
 * index of words and sorting what it gives: it takes any beginning of a word for frequent (one event in two hundred at
 * least), and would look at each of a hundred thousand events for a word that is in none. So it reads in order for a
 * bit, for a bit more if the words turn out to be frequent, and then asks the index for the rest if the page is not full.
 */
export const SEARCHED_PAGE = `${UNDER_WAY},
  soon as materialized (
    (
      select id, starts_at
      from under_way
      where starts_at < $2 and (starts_at, id) > ($3, $4) and ${MATCHES}
      order by starts_at, id
      limit $7
    )
    union all
    (
      select id, starts_at
      from (
        select id, starts_at, search_words
        from events
        where ${TO_COME}
        order by starts_at, id
        limit ${LOOKED_AT}
      ) as first
      where ${MATCHES}
      order by starts_at, id
      limit $7
    )
    order by starts_at, id
    limit $7
  ),
  more as materialized (
    select case when count(*) >= ${FREQUENT} and count(*) < $7 then ${LOOKED_AT_MORE} else 0 end as events
    from soon
  ),
  then_found as materialized (
    select id, starts_at
    from (
      select id, starts_at, search_words
      from events
      where ${TO_COME}
      order by starts_at, id
      limit (select events from more) offset ${LOOKED_AT}
    ) as next
    where ${MATCHES}
    order by starts_at, id
    limit $7
  ),
  later as materialized (
    select id, starts_at
    from events
    where
      (select count(*) from soon) + (select count(*) from then_found) < $7
      and (starts_at, id) > (
        select starts_at, id
        from events
        where ${TO_COME}
        order by starts_at, id
        limit 1 offset ${LOOKED_AT - 1} + (select events from more)
      )
      and status = 'published' and starts_at < $2 and ${MATCHES}
  ),
  page as (
    select id, starts_at
    from (select * from soon union all select * from then_found union all select * from later) as found
    order by starts_at, id
    limit $7
  )`;
