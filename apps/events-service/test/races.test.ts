import { inTransaction, openPool } from '@ticketing/service-kit/postgres';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { anEvent, aTicketType } from './builders.ts';
import { startCatalogue, type Catalogue, type Client } from './catalogue.ts';

let catalogue: Catalogue;
let organizer: Client;
let orders: pg.Pool;
beforeAll(async () => {
  catalogue = await startCatalogue();
  organizer = catalogue.someone('organizer');
  orders = openPool({ url: catalogue.database.urls.orders, schema: 'orders', size: 8, applicationName: 'test' });
});
afterAll(async () => {
  await orders.end();
  await catalogue.close();
});

async function publish(capacity: number) {
  const ticketTypes = [aTicketType({ capacity }), aTicketType({ name: 'Seat', capacity })];
  const { body } = await organizer.call('POST', '/events', anEvent({ ticketTypes }));
  const types = body.ticketTypes.map(({ id }) => id);
  return { path: `/events/${body.id}`, types };
}

/**
 * Holds as orders-service does: stock rows are locked in id order, then the catalogue is read, then stock is moved.
 * Returns whether all were held.
 */
async function hold(types: string[], quantity: number): Promise<boolean> {
  await makeStock(types);
  return inTransaction(orders, async (client) => {
    await client.query(
      'select from orders.ticket_stock where ticket_type_id = any ($1) order by ticket_type_id for update',
      [types],
    );
    const { rowCount } = await client.query(
      `select
       from events.sellable_ticket_types t
       join orders.ticket_stock s using (ticket_type_id)
       where t.ticket_type_id = any ($1) and t.status = 'published' and s.held + s.sold + $2 <= t.capacity`,
      [types, quantity],
    );
    if (rowCount !== types.length) return false;
    const move = 'update orders.ticket_stock set held = held + $2 where ticket_type_id = any ($1)';
    await client.query(move, [types, quantity]);
    return true;
  });
}

async function makeStock(types: string[]): Promise<void> {
  await orders.query(
    'insert into orders.ticket_stock (ticket_type_id) select id from unnest($1::uuid[]) id order by id on conflict do nothing',
    [types],
  );
}

async function mostHeldOverCapacity(types: string[]): Promise<number> {
  const { rows } = await catalogue.admin.query<{ over: number }>(
    `select max(s.held + s.sold - t.capacity) as over
     from events.ticket_types t
     join orders.ticket_stock s on s.ticket_type_id = t.id
     where t.id = any ($1)`,
    [types],
  );
  return rows[0]?.over ?? Number.NaN;
}

test('whatever holds and cuts of capacity race, no more is held than there is', async () => {
  let cuts = 0;
  for (let round = 0; round < 30; round++) {
    const { path, types } = await publish(20);
    const cut = (capacity: number) =>
      organizer.call('PATCH', path, { ticketTypes: types.map((id) => ({ id, capacity })) });
    const holds = Array.from({ length: 12 }, (_, index) => hold(index % 2 ? types : types.toReversed(), 1));
    const answers = await Promise.all([cut(6 + (round % 8)), cut(3 + (round % 5)), ...holds]);
    for (const answer of answers) {
      if (typeof answer !== 'boolean') expect([200, 422]).toContain(answer.status);
      if (typeof answer !== 'boolean' && answer.status === 200) cuts++;
    }
    expect(await mostHeldOverCapacity(types)).toBeLessThanOrEqual(0);
  }
  // Else the races were none.
  expect(cuts).toBeGreaterThan(0);
}, 60_000);

test('a cut waits for a hold that came first, and counts it', async () => {
  const { path, types } = await publish(20);
  await makeStock(types);
  const client = await orders.connect();
  await client.query('begin');
  await client.query('update orders.ticket_stock set held = 15 where ticket_type_id = $1', [types[0]]);
  const cut = organizer.call('PATCH', path, { ticketTypes: [{ id: types[0], capacity: 10 }] });
  await waitForLock();
  await client.query('commit');
  client.release();
  expect((await cut).body.errors).toEqual([
    { path: 'ticketTypes.0.capacity', message: 'must be at least 15: 0 sold and 15 held' },
  ]);
});

test('raising a capacity does not wait for holds', async () => {
  const { path, types } = await publish(20);
  await makeStock(types);
  const client = await orders.connect();
  await client.query('begin');
  await client.query('update orders.ticket_stock set held = 15 where ticket_type_id = $1', [types[0]]);
  const raised = await organizer.call('PATCH', path, { ticketTypes: [{ id: types[0], capacity: 30 }] });
  await client.query('rollback');
  client.release();
  expect(raised.status).toBe(200);
});

test('no hold is made once a cancellation was acknowledged, and those made before it are counted', async () => {
  for (let round = 0; round < 15; round++) {
    const { path, types } = await publish(1_000);
    const seen = { acknowledged: false };
    const cancelled = organizer.call('POST', `${path}/cancel`).then((answer) => {
      seen.acknowledged = true;
      return answer;
    });
    const tryToHold = async () => {
      const startedAfter = seen.acknowledged;
      return { startedAfter, isHeld: await hold(types, 1) };
    };
    const holds: { startedAfter: boolean; isHeld: boolean }[] = [];
    while (!seen.acknowledged) holds.push(...(await Promise.all([tryToHold(), tryToHold(), tryToHold()])));
    expect((await cancelled).body.status).toBe('cancelled');
    const { rows } = await catalogue.admin.query<{ held: number }>(
      'select held from orders.ticket_stock where ticket_type_id = $1',
      [types[0]],
    );
    holds.push(await tryToHold());
    expect(holds.filter(({ startedAfter, isHeld }) => startedAfter && isHeld)).toEqual([]);
    expect(holds.filter(({ isHeld }) => isHeld)).toHaveLength(rows[0]?.held ?? 0);
  }
}, 60_000);

test('a cancellation waits for a hold that came first', async () => {
  const { path, types } = await publish(20);
  await makeStock(types);
  const client = await orders.connect();
  await client.query('begin');
  await client.query('update orders.ticket_stock set held = 1 where ticket_type_id = $1', [types[1]]);
  const cancelled = organizer.call('POST', `${path}/cancel`);
  await waitForLock();
  expect((await catalogue.anyone.call('GET', path)).body.status).toBe('published');
  await client.query('commit');
  client.release();
  expect((await cancelled).body.status).toBe('cancelled');
});

async function waitForLock(): Promise<void> {
  await expect
    .poll(async () => {
      const { rows } = await catalogue.admin.query(
        `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      return rows.length;
    })
    .toBeGreaterThan(0);
}
