import { decodeCursor } from '@ticketing/service-kit/cursor';
import { openPool } from '@ticketing/service-kit/postgres';
import { createDatabase, type TestDatabase } from '@ticketing/testing/postgres';
import type pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { listEventsBody } from '../src/event-read.ts';

/** More than is looked at in order, by far. */
const EVENTS = 8_000;
const UNDER_WAY = 30;

let database: TestDatabase;
let pool: pg.Pool;
beforeAll(async () => {
  database = await createDatabase(inject('postgresUrl'));
  pool = openPool({ url: database.adminUrl, schema: 'events', size: 2, applicationName: 'test' });
  // Three events start at the same time each; ids say nothing of the order.
  await pool.query(
    `insert into events (
       id, organizer_id, title, description, venue, timezone, starts_at, ends_at, currency, status,
       search_words, published_at, created_at, updated_at
     )
     select
       md5(n::text)::uuid, gen_random_uuid(), n::text, '', 'Hall', 'UTC', at, at + interval '12 hours', 'EUR',
       case when n % 97 = 0 then 'cancelled' else 'published' end,
       array['#2', 'every']
         || array(select 'every' || p from unnest(array[3, 20, 100, 2000]) as p where n % p = 0)
         || array(select 'early' where n between $2 and $2 + 15) || array(select 'late' where n > $1 - 60)
         || array(select 'both' where n between $2 and $2 + 8 or n > $1 - 30)
         || array(select 'middle' where n between 280 and 320),
       now(), now(), now()
     from
       generate_series(1, $1::int) as n,
       lateral (select date_trunc('hour', now()) + (n / 3 - $2::int / 3) * interval '1 hour' as at)`,
    [EVENTS, UNDER_WAY],
  );
  await pool.query('analyze events');
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const words = ['every', 'every3', 'every20', 'every100', 'every2000', 'early', 'late', 'both', 'middle', 'none'];
const cases = words.flatMap((q) => [2, 19, 100].map((limit) => ({ q, limit })));

test.each(cases)(
  'pages of $limit of a search for $q follow each other without gaps or repeats',
  async ({ q, limit }) => {
    const from = new Date();
    const to = limit === 19 ? new Date(from.getTime() + 2_400 * 3_600_000) : undefined;
    const { rows: expected } = await pool.query<{ title: string }>(
      `select title
     from events
     where status = 'published' and ends_at > $2 and starts_at < $3
       and exists (select from unnest(search_words) as word where starts_with(word, $1))
     order by starts_at, id`,
      [q, from, to ?? 'infinity'],
    );
    const titles: string[] = [];
    let after: { startsAt: Date; id: string } | undefined;
    // Long lists are read as far as they are told from each other.
    while (titles.length < 1_000) {
      const { json } = await listEventsBody(pool, { q, limit, from, ...(after && { after }), ...(to && { to }) });
      const page = JSON.parse(String(json)) as { items: { title: string }[]; nextCursor: string | null };
      titles.push(...page.items.map(({ title }) => title));
      if (page.nextCursor === null) break;
      expect(page.items).toHaveLength(limit);
      const [startsAt = '', id = ''] = decodeCursor(page.nextCursor, () => true);
      after = { startsAt: new Date(startsAt), id };
    }
    expect(titles).toEqual(
      expected.slice(0, titles.length < 1_000 ? undefined : titles.length).map(({ title }) => title),
    );
  },
);
