import { allOperations } from '@ticketing/gateway/src/docs.ts';
import { Order } from '@ticketing/types/order';
import type { Operation } from '@ticketing/types/operation';
import { page } from '@ticketing/types/primitives';
import { Problem } from '@ticketing/types/problem';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AUTHORISATION, expectedIfBought, expectedOf, type Arranged, type Row } from '../authorisation-table.ts';
import { call, type Answer } from '../http-call.ts';
import { everyOperation } from '../operations.ts';
import { CALLERS, type Caller, type Person } from '../people.ts';
import { openWorld, type World } from '../world.ts';

const operations = new Map([...(await everyOperation()), ...allOperations].map((each) => [each.id, each]));

const PEOPLE = CALLERS.filter((caller) => caller !== 'nobody');

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

test('every operation has a row, and every row an operation', () => {
  expect([...new Set(AUTHORISATION.map((row) => row.operation))].sort()).toEqual([...operations.keys()].sort());
});

test('every operation of packages/types is in the API reference', async () => {
  const described = allOperations.map(({ id }) => id);
  expect((await everyOperation()).map(({ id }) => id).filter((id) => !described.includes(id))).toEqual([]);
});

describe.each(AUTHORISATION.map((row) => ({ row, name: row.on ? `${row.operation} on ${row.on}` : row.operation })))(
  '$name',
  ({ row }) => {
    const cells = CALLERS.map((caller) => ({ caller, status: expectedOf(row, caller) }));
    test.each(cells)('by $caller is $status', ({ caller, status }) => expectAnswer(row, caller, status));

    const boughtFrom = PEOPLE.map((caller) => ({ caller, status: expectedIfBought(row, caller) }));
    test.each(row.arrange ? boughtFrom : [])('by $caller, who bought a ticket, is $status', ({ caller, status }) =>
      expectAnswer(row, caller, status, caller),
    );
  },
);

async function expectAnswer(row: Row, caller: Caller, status: number, buyer?: Person): Promise<void> {
  const operation = operationOf(row);
  const arranged = (await row.arrange?.(world, buyer)) ?? {};
  // A refused purchase may leave an empty row of stock behind.
  const before = status < 400 || status === 409 ? undefined : await digest(arranged);
  const answer = await callAs(caller, operation, arranged);
  expect([answer.status, codeOf(answer)]).toEqual([status, CODES[status] ?? expect.anything()]);
  if (before !== undefined) expect(await digest(arranged), 'what was refused has changed something').toBe(before);
}

const CODES: Record<number, string | undefined> = {
  200: 'none',
  201: 'none',
  202: 'none',
  204: 'none',
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
};

test('whoever waits to be an organizer is told so wherever organizers may go in', async () => {
  const forOrganizers = AUTHORISATION.filter((row) => expectedOf(row, 'applicant') === 403);
  expect(forOrganizers.length).toBeGreaterThan(8);
  for (const row of forOrganizers) {
    const { body } = await callAs('applicant', operationOf(row), (await row.arrange?.(world)) ?? {});
    expect((body as Problem).detail, row.operation).toMatch(/^Your organizer account is waiting for approval\./);
  }
});

test('what belongs to someone else is answered as what is not there', async () => {
  const foreign = AUTHORISATION.filter(({ expected }) => expected[2] === 404 || expected[4] === 404);
  expect(foreign.length).toBeGreaterThan(10);
  for (const row of foreign) {
    const operation = operationOf(row);
    const caller = row.expected[4] === 404 ? 'rival' : 'stranger';
    const arranged = (await row.arrange?.(world)) ?? {};
    const params = { id: crypto.randomUUID(), code: '0'.repeat(26) };
    const theirs = await callAs(caller, operation, arranged);
    const nothing = await callAs(caller, operation, { ...arranged, params });
    expect(withoutAddress(theirs), operation.id).toEqual(withoutAddress(nothing));
  }
});

test('a list of orders has one’s own; those of an event are for its organizer and admins', async () => {
  const event = await world.event();
  const { eventId } = event;
  await world.buy(event, 'buyer');
  const buyers = async (caller: Caller, query: string) => {
    const { body } = await call('GET', `${world.url}/orders${query}`, { token: world.people.token(caller) });
    return page(Order)
      .parse(body)
      .items.filter((order) => order.eventId === eventId).length;
  };
  for (const [caller, own, ofEvent] of [
    ['buyer', 1, 1],
    ['stranger', 0, 0],
    ['organizer', 0, 1],
    ['rival', 0, 0],
    ['admin', 0, 1],
  ] as const) {
    expect([caller, await buyers(caller, ''), await buyers(caller, `?eventId=${eventId}`)]).toEqual([
      caller,
      own,
      ofEvent,
    ]);
  }
});

test.each(PEOPLE)('a list of an event’s orders is not opened by buying from it: %s', async (caller) => {
  const event = await world.event();
  const others = await world.buy(event, caller === 'buyer' ? 'stranger' : 'buyer');
  const own = await world.buy(event, caller);
  const list = async (query: string) => {
    const { body } = await call('GET', `${world.url}/orders${query}`, { token: world.people.token(caller) });
    return page(Order)
      .parse(body)
      .items.filter((order) => order.eventId === event.eventId)
      .map(({ id }) => id);
  };
  const isManager = caller === 'organizer' || caller === 'admin';
  expect(await list(`?eventId=${event.eventId}`)).toEqual(isManager ? [own, others] : [own]);
  expect(await list('')).toEqual([own]);
});

test.each(PEOPLE.flatMap((buyer) => PEOPLE.map((caller) => ({ buyer, caller }))))(
  'the means to pay for an order of $buyer are shown to its buyer only, when $caller asks',
  async ({ buyer, caller }) => {
    const id = await world.heldOrder(buyer);
    const asked = { token: world.people.token(caller) };
    const started = await call('POST', `${world.url}/orders/${id}/payment`, { token: world.people.token(buyer) });
    const { eventId, payment } = Order.parse(started.body);
    const secret = payment?.clientSecret ?? '';
    expect(secret).not.toBe('');
    const paths = [`/orders/${id}`, '/orders', `/orders?eventId=${eventId}`, `/events/${eventId}/availability`];
    const answers = await Promise.all(paths.map((path) => call('GET', world.url + path, asked)));
    const shown = answers.map(({ text }) => text.includes(secret));
    expect(shown).toEqual(caller === buyer ? [true, true, true, false] : [false, false, false, false]);
  },
);

function operationOf({ operation: id }: Row): Operation {
  const operation = operations.get(id);
  if (!operation) throw new Error(`There is no operation ${id}`);
  return operation;
}

function callAs(caller: Caller, { method, path }: Operation, { params = {}, query = '', ...rest }: Arranged) {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => params[name] ?? '');
  return call(method, `${world.url}${filled}${query}`, { token: world.people.token(caller), ...rest });
}

function codeOf({ body }: Answer): string {
  const problem = Problem.safeParse(body);
  return problem.success ? problem.data.code : 'none';
}

function withoutAddress({ status, body }: Answer): object {
  return { status, body: { ...(body as object), instance: '', traceId: '' } };
}

/**
 * A digest of all accounts and events, and of all that orders have about what is called. Work in the background goes on
 * meanwhile; what it does about other orders, and how far it is with what was asked for before, is left out.
 */
async function digest(arranged: Arranged): Promise<string> {
  const about = JSON.stringify(arranged).match(/[\da-f-]{36}|[\dA-Z]{26}/g) ?? [];
  const { rows: tables } = await world.admin.query<{ schema: string; name: string }>(
    `select schemaname as schema, format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname in ('identity', 'events', 'orders') and tablename <> 'event_cancellations' order by 2`,
  );
  const digests = tables.map(({ schema, name }) => {
    const row = name === 'orders.outbox' ? 't.id::text' : 't::text';
    const concerned = schema === 'orders' ? 'where t::text like any($1)' : '';
    return `(select md5(string_agg(${row}, ',' order by ${row})) from ${name} t ${concerned})`;
  });
  const { rows } = await world.admin.query<{ digest: string }>(
    `select concat_ws(' ', ${digests.join(', ')}) as digest`,
    [about.map((id) => `%${id}%`)],
  );
  return rows[0]?.digest ?? '';
}
