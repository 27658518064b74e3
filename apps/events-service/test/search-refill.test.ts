import { randomUUID } from 'node:crypto';
import { silentLog } from '@ticketing/service-kit/log';
import { openPool } from '@ticketing/service-kit/postgres';
import type pg from 'pg';
import { createDatabase, type TestDatabase } from '@ticketing/testing/postgres';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { listEventsBody } from '../src/event-read.ts';
import { earlierWords } from '../src/search/earlier-words.ts';
import { refillBatch, startSearchRefill } from '../src/search/refill.ts';
import { searchWords } from '../src/search/stored-words.ts';
import { anEvent } from './builders.ts';
import { startCatalogue, type Catalogue } from './catalogue.ts';
import { startProxy } from './proxy.ts';

let database: TestDatabase;
/** Superuser, to write what another release would. */
let admin: pg.Pool;
/** Signed in as the service is, with no more rights. */
let pool: pg.Pool;
beforeEach(async () => {
  database = await createDatabase(inject('postgresUrl'));
  admin = openPool({ url: database.adminUrl, schema: 'events', size: 5, applicationName: 'test' });
  pool = openPool({ url: database.urls.events, schema: 'events', size: 5, applicationName: 'test' });
});
afterEach(async () => {
  await pool.end();
  await admin.end();
  await database.drop();
});

/** Stores events as a replica of the release before does. */
async function insertAsBefore(...titles: string[]): Promise<void> {
  const rows = titles.map((title) => ({ id: randomUUID(), title, words: earlierWords(title, 'Ω') }));
  await admin.query(
    `insert into events.events (
       id, organizer_id, title, description, venue, timezone, starts_at, ends_at, currency, status,
       search_words, published_at, created_at, updated_at
     )
     select
       (r->>'id')::uuid, gen_random_uuid(), r->>'title', '', 'Ω', 'UTC', now() + interval '1 day',
       now() + interval '2 days', 'EUR', 'published', array(select jsonb_array_elements_text(r->'words')), now(),
       '2026-01-01', '2026-01-01'
     from jsonb_array_elements($1::jsonb) as r`,
    [JSON.stringify(rows)],
  );
}

/** Changes a title as a replica of the release before does. */
async function renameAsBefore(from: string, to: string): Promise<void> {
  await admin.query('update events.events set title = $2, search_words = $3 where title = $1', [
    from,
    to,
    earlierWords(to, 'Ω'),
  ]);
}

async function titlesFor(q: string): Promise<string[]> {
  const { json } = await listEventsBody(pool, { q, limit: 100, from: new Date() });
  return (JSON.parse(String(json)) as { items: { title: string }[] }).items.map(({ title }) => title);
}

async function outdated(): Promise<number> {
  const { rows } = await admin.query<{ count: number }>(
    `select count(*)::int as count from events.events where '#2' <> all (search_words)`,
  );
  return rows[0]?.count ?? -1;
}

test('what a replica of the release before writes is found as that one finds it, and refilled by a round', async () => {
  await insertAsBefore('München', '東京モーターショー', "O'Connor");
  expect(await titlesFor('münchen')).toEqual(['München']);
  expect(await titlesFor('東京モー')).toEqual(['東京モーターショー']);
  expect(await titlesFor("o'connor")).toEqual(["O'Connor"]);
  for (const q of ['muenchen', 'モーター', 'oconnor']) expect(await titlesFor(q)).toEqual([]);
  expect(await refillBatch(pool)).toBe(3);
  expect(await titlesFor('muenchen')).toEqual(['München']);
  expect(await titlesFor('モーター')).toEqual(['東京モーターショー']);
  expect(await titlesFor('oconnor')).toEqual(["O'Connor"]);

  await renameAsBefore('München', 'Köln');
  expect(await titlesFor('köln')).toEqual(['Köln']);
  expect(await titlesFor('muenchen')).toEqual([]);
  expect(await refillBatch(pool)).toBe(1);
  expect(await titlesFor('koeln')).toEqual(['Köln']);
  expect(await refillBatch(pool)).toBe(0);
});

test('a round finds what is written as before while it runs', async () => {
  await insertAsBefore('München');
  const refill = startSearchRefill(pool, silentLog, 20);
  await expect.poll(() => titlesFor('muenchen')).toEqual(['München']);
  await renameAsBefore('München', 'Göttingen');
  await expect.poll(() => titlesFor('goettingen')).toEqual(['Göttingen']);
  await refill.close();
});

test('a refill changes nothing that is shown, and no version', async () => {
  await insertAsBefore('München');
  const everything = () => admin.query('select *, null as search_words from events.events');
  const { rows: before } = await everything();
  expect(await refillBatch(pool)).toBe(1);
  expect((await everything()).rows).toEqual(before);
  const { rows } = await admin.query<{ words: string[] }>('select search_words as words from events.events');
  expect(rows[0]?.words).toEqual(searchWords('München', 'Ω'));
});

describe('the service', () => {
  let catalogue: Catalogue;
  beforeEach(async () => {
    catalogue = await startCatalogue();
    await admin.end();
    admin = openPool({ url: catalogue.database.adminUrl, schema: 'events', size: 2, applicationName: 'test' });
  });
  afterEach(() => catalogue.close());
  const search = async (q: string) => {
    const { body } = await catalogue.anyone.call('GET', `/events?q=${encodeURIComponent(q)}`);
    return body.items.map(({ title }) => title);
  };

  test('refills at its start', async () => {
    await insertAsBefore('München');
    const replica = await startCatalogue({ beside: catalogue });
    await expect.poll(() => search('muenchen')).toEqual(['München']);
    await replica.close();
  });

  test('writes nothing that needs a refill', async () => {
    const organizer = catalogue.someone('organizer');
    const { body: event } = await organizer.call(
      'POST',
      '/events',
      anEvent({ title: '🎉', venue: '…', status: 'draft' }),
    );
    expect(await outdated()).toBe(0);
    await organizer.call('PATCH', `/events/${event.id}`, { title: 'Köln' });
    await organizer.call('POST', `/events/${event.id}/publish`);
    expect(await outdated()).toBe(0);
    expect(await search('koeln')).toEqual(['Köln']);
  });

  test('publishes drafts of the release before as refilled, though that does not write their words', async () => {
    const organizer = catalogue.someone('organizer');
    const { body: event } = await organizer.call('POST', '/events', anEvent({ title: 'Bonn', status: 'draft' }));
    await renameAsBefore('Bonn', 'Köln');
    const replica = await startCatalogue({ beside: catalogue });
    await expect.poll(outdated).toBe(0);
    await replica.close();
    await organizer.call('POST', `/events/${event.id}/publish`);
    expect(await search('koeln')).toEqual(['Köln']);
  });
});

test('several replicas at once refill every event, batch by batch, the latest first', async () => {
  await insertAsBefore(...Array.from({ length: 450 }, (_, index) => `Größe ${index}`));
  await admin.query(
    `update events.events set ends_at = '2199-01-01', starts_at = '2198-01-01' where title = 'Größe 449'`,
  );
  expect(await refillBatch(pool)).toBe(200);
  expect(await titlesFor('groesse 449')).toEqual(['Größe 449']);
  const replicas = Array.from({ length: 3 }, () => startSearchRefill(pool, silentLog, 20));
  await expect.poll(outdated).toBe(0);
  await Promise.all(replicas.map((replica) => replica.close()));
});

test('while one replica is at it, another leaves it alone; if it dies, another goes on', async () => {
  await insertAsBefore('München');
  const client = await pool.connect();
  await client.query('begin; select pg_advisory_xact_lock(72707374)');
  expect(await refillBatch(pool)).toBe(0);
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  await admin.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
  client.release(true);
  await expect.poll(() => refillBatch(pool)).toBe(1);
});

test('an event that is being changed is left for later, and keeps nobody waiting', async () => {
  await insertAsBefore('München', 'Köln');
  const client = await pool.connect();
  await client.query(`begin; select from events where title = 'München' for update`);
  expect(await refillBatch(pool)).toBe(1);
  await client.query('commit');
  client.release();
  expect(await refillBatch(pool)).toBe(1);
  expect(await titlesFor('muenchen')).toEqual(['München']);
});

test('a database that is away puts the refill off', async () => {
  await insertAsBefore('München');
  const proxy = await startProxy(database.urls.events);
  const cutOff = openPool({ url: proxy.url, schema: 'events', size: 1, applicationName: 'test' });
  proxy.cut();
  await expect(refillBatch(cutOff)).rejects.toThrow();
  const refill = startSearchRefill(cutOff, silentLog, 20);
  await expect(cutOff.query('select 1')).rejects.toThrow();
  expect(await outdated()).toBe(1);
  proxy.restore();
  await expect.poll(() => titlesFor('muenchen')).toEqual(['München']);
  await refill.close();
  await cutOff.end();
  await proxy.close();
});
