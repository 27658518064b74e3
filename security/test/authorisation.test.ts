import { allOperations } from '@ticketing/gateway/src/docs.ts';
import { Order } from '@ticketing/types/order';
import type { Operation } from '@ticketing/types/operation';
import { page } from '@ticketing/types/primitives';
import { Problem } from '@ticketing/types/problem';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AUTHORISATION, type Arranged, type Row } from '../authorisation-table.ts';
import { call, type Answer } from '../http-call.ts';
import { everyOperation } from '../operations.ts';
import { CALLERS, type Caller } from '../people.ts';
import { openWorld, type World } from '../world.ts';

const operations = new Map([...(await everyOperation()), ...allOperations].map((each) => [each.id, each]));

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
    const cells = CALLERS.map((caller, column) => ({ caller, status: row.expected[column] ?? 0 }));
    test.each(cells)('by $caller is $status', async ({ caller, status }) => {
      const operation = operationOf(row);
      const arranged = (await row.arrange?.(world)) ?? {};
      // A refused purchase may leave an empty row of stock behind.
      const before = status < 400 || status === 409 ? undefined : await digest(arranged);
      const answer = await callAs(caller, operation, arranged);
      expect([answer.status, codeOf(answer)]).toEqual([status, CODES[status] ?? expect.anything()]);
      if (before !== undefined) expect(await digest(arranged), 'what was refused has changed something').toBe(before);
    });
  },
);

const CODES: Record<number, string | undefined> = {
  200: 'none',
  201: 'none',
  202: 'none',
  204: 'none',
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
};

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
  const { eventId, ticketTypeId } = await world.event();
  const body = { eventId, lines: [{ ticketTypeId, quantity: 1 }] };
  await call('POST', `${world.url}/orders`, { token: world.people.token('buyer'), body });
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
