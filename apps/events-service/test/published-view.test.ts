import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { anEvent } from './builders.ts';
import { startCatalogue, type Catalogue } from './catalogue.ts';

let catalogue: Catalogue;
beforeAll(async () => {
  catalogue = await startCatalogue();
});
afterAll(() => catalogue.close());

async function asRole(role: 'gateway' | 'events' | 'orders' | 'worker', sql: string) {
  const client = new pg.Client({ connectionString: catalogue.database.urls[role] });
  await client.connect();
  try {
    return await client.query<Record<string, unknown>>(sql);
  } finally {
    await client.end();
  }
}

const VIEW = 'select * from events.sellable_ticket_types';

test.each(['orders', 'worker'] as const)('the role of %s reads the view, and nothing else of events', async (role) => {
  await catalogue.someone('organizer').call('POST', '/events', anEvent());
  const { fields, rows } = await asRole(role, VIEW);
  expect(fields.map(({ name }) => name)).toEqual([
    ...['ticket_type_id', 'event_id', 'organizer_id', 'event_title', 'venue', 'timezone', 'starts_at', 'ends_at'],
    ...['status', 'name', 'price', 'currency', 'capacity', 'max_per_order', 'sales_start', 'sales_end', 'position'],
    ...['event_max_per_buyer', 'max_per_buyer'],
  ]);
  expect(rows.length).toBeGreaterThan(0);
  for (const table of ['events', 'ticket_types', 'cache_epoch', '_prisma_migrations']) {
    await expect(asRole(role, `select from events.${table}`)).rejects.toThrow('permission denied for table');
  }
  for (const sql of [
    'update events.sellable_ticket_types set price = 0',
    'delete from events.sellable_ticket_types',
    'create table events.mine (id int)',
  ]) {
    await expect(asRole(role, sql)).rejects.toThrow(/permission denied|cannot (update|delete from) view/);
  }
});

test('the role of gateway reads nothing of events', async () => {
  await expect(asRole('gateway', VIEW)).rejects.toThrow('permission denied for schema events');
});

test('the role of events cannot delete, nor rewrite what stays, nor touch stock', async () => {
  for (const sql of [
    'delete from events.events',
    'delete from events.ticket_types',
    'truncate events.events',
    'update events.events set organizer_id = id',
    'update events.ticket_types set event_id = id',
    'update orders.ticket_stock set held = 0',
    'insert into events.cache_epoch (id, epoch) values (2, 1)',
    'delete from events.cache_epoch',
    'select from orders.orders',
    'alter table events.events add column mine int',
  ]) {
    await expect(asRole('events', sql)).rejects.toThrow(/permission denied|must be owner/);
  }
});

test('every ticket type is in the view, with the status of its event', async () => {
  const organizer = catalogue.someone('organizer');
  const { body: event } = await organizer.call('POST', '/events', anEvent({ status: 'draft' }));
  const statuses = async () => {
    const { rows } = await asRole('orders', `${VIEW} where event_id = '${event.id}' order by position`);
    return rows.map(({ status, name }) => [status, name]);
  };
  expect(await statuses()).toEqual([
    ['draft', 'Standing'],
    ['draft', 'Seat'],
  ]);
  await organizer.call('POST', `/events/${event.id}/publish`);
  expect((await statuses())[0]).toEqual(['published', 'Standing']);
  await organizer.call('POST', `/events/${event.id}/cancel`);
  expect((await statuses())[1]).toEqual(['cancelled', 'Seat']);
});

const insertEvent = (overrides: Record<string, string> = {}) => {
  const values = {
    id: 'gen_random_uuid()',
    organizer_id: 'gen_random_uuid()',
    title: `'x'`,
    description: `''`,
    venue: `'x'`,
    timezone: `'UTC'`,
    starts_at: 'now()',
    ends_at: `now() + interval '1 hour'`,
    currency: `'EUR'`,
    status: `'published'`,
    search_words: `'{}'`,
    published_at: 'now()',
    created_at: 'now()',
    updated_at: 'now()',
    ...overrides,
  };
  return `insert into events.events (${Object.keys(values).join(', ')}) values (${Object.values(values).join(', ')})`;
};

test.each([
  { ends_at: 'now()' },
  { title: `''` },
  { venue: `''` },
  { currency: `'eur'` },
  { status: `'sold'` },
  { status: `'draft'` },
  { published_at: 'null' },
  { version: '0' },
  { max_per_buyer: '0' },
  { search_words: `'{""}'` },
  { search_words: `'{null}'` },
])('the database refuses an event with %o', async (overrides) => {
  await asRole('events', insertEvent());
  const broken = Object.fromEntries(Object.entries(overrides).filter(([, value]) => typeof value === 'string'));
  await expect(asRole('events', insertEvent(broken))).rejects.toThrow('violates check constraint');
});

test.each([
  'capacity = 0',
  'price = -1',
  'price = 100000000',
  'max_per_order = 0',
  'max_per_buyer = 0',
  `name = ''`,
  'sales_start = now(), sales_end = now()',
])('the database refuses a ticket type with %s', async (assignment) => {
  await catalogue.someone('organizer').call('POST', '/events', anEvent());
  await expect(asRole('events', `update events.ticket_types set ${assignment}`)).rejects.toThrow(
    'violates check constraint',
  );
});
