import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { faultOf } from '../documented.ts';
import { CONTROLLING, HARMLESS, LONG, UNSTORABLE } from '../hostile-texts.ts';
import type { Answer } from '../http-call.ts';
import { inputSchema, textFields, withValueAt } from '../input-schema.ts';
import { everyOperation } from '../operations.ts';
import { goodRequest, send } from '../requests.ts';
import { openWorld, type World } from '../world.ts';

const operations = await everyOperation();

let world: World;
let tables: string[];
beforeAll(async () => {
  world = await openWorld();
  tables = await namesOfTables();
});
afterAll(() => world.close());

const bodyFields = operations.flatMap((operation) =>
  operation.body ? textFields(inputSchema(operation.body)).map((path) => ({ operation, path })) : [],
);
const otherFields = operations.flatMap((operation) =>
  (['params', 'query', 'headers'] as const).flatMap((part) =>
    Object.keys(operation[part]?.shape ?? {}).map((name) => ({ operation, part, name })),
  ),
);

/** Never stored as text: hashed, bytes and all. */
const SECRETS = ['password', 'refreshToken'];
/** Text of several lines. */
const PROSE = ['description', 'ticketTypes.0.description'];

test('the requests that are tampered with are good ones to begin with', async () => {
  for (const operation of operations.filter(({ body, id }) => body && id !== 'login')) {
    const { status, text } = await send(world, operation, await goodRequest(world, operation));
    expect([operation.id, status < 300 ? 'good' : text]).toEqual([operation.id, 'good']);
  }
});

describe.each(bodyFields.map((field) => ({ ...field, name: `${field.operation.id}, ${field.path.join('.')}` })))(
  'text in the body of $name',
  ({ operation, path }) => {
    const field = path.join('.');
    const sendWith = async (text: string) => {
      const good = await goodRequest(world, operation);
      return send(world, operation, { ...good, body: withValueAt(good.body, path, text) });
    };

    test('that cannot be stored is refused', async () => {
      for (const [what, text] of Object.entries(UNSTORABLE)) {
        const answer = await sendWith(text);
        expect([what, faultOf(operation, answer)]).toEqual([what, undefined]);
        if (!SECRETS.includes(field)) expect([what, answer.status]).toEqual([what, 422]);
      }
    });

    test('that controls terminals, logs or headers is refused, but for line breaks in prose', async () => {
      for (const [what, text] of Object.entries(CONTROLLING)) {
        const answer = await sendWith(text);
        expect([what, faultOf(operation, answer)]).toEqual([what, undefined]);
        if (!SECRETS.includes(field) && !PROSE.includes(field)) expect([what, answer.status]).toEqual([what, 422]);
        expectNoTrace(answer);
      }
    });

    test('that is meant for someone else is refused or kept as it is', async () => {
      for (const [what, text] of Object.entries({ ...HARMLESS, ...LONG })) {
        const answer = await sendWith(text);
        expect([what, faultOf(operation, answer)]).toEqual([what, undefined]);
        const isKept = answer.status < 300 && !SECRETS.includes(field);
        if (isKept) expect([what, textsOf(answer.body)]).toContainEqual(expect.arrayContaining([keptAs(field, text)]));
        expectNoTrace(answer);
      }
    });
  },
);

describe.each(otherFields.map((field) => ({ ...field, what: `${field.operation.id}, ${field.part}, ${field.name}` })))(
  'text in $what',
  ({ operation, part, name }) => {
    test('is refused or understood, and never fails', async () => {
      const texts = Object.entries({ ...UNSTORABLE, ...CONTROLLING, ...HARMLESS, ...LONG });
      const good = await goodRequest(world, operation);
      for (const [what, text] of texts.filter(([, each]) => each.length < 10_000)) {
        if (part === 'headers' && !isHeaderValue(text)) continue;
        const answer = await send(world, operation, { ...good, [part]: { ...good[part], [name]: text } });
        expect([what, faultOf(operation, answer)]).toEqual([what, undefined]);
        if (part === 'params') expect([what, answer.status]).toEqual([what, 404]);
        expectNoTrace(answer);
      }
    });
  },
);

test('after all of it, every table is there, nobody rose, and nothing that runs is in the API reference', async () => {
  expect(await namesOfTables()).toEqual(tables);
  const { rows } = await world.admin.query(`select id from identity.users where role = 'admin'`);
  expect(rows).toEqual([{ id: world.people.ids.admin }]);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  const docs = await fetch(`${world.url}/docs`);
  expect(docs.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(await docs.text()).not.toMatch(/<script|onerror=/);
});

/** Emails are compared in lower case, and so are ids. */
function keptAs(field: string, text: string): string {
  return field === 'email' ? text.trim().toLowerCase() : text.trim();
}

/** Every text in an answer. */
function textsOf(body: unknown): string[] {
  if (typeof body === 'string') return [body];
  return typeof body === 'object' && body !== null ? Object.values(body).flatMap(textsOf) : [];
}

/** Nothing that was sent has become a header, or a page. */
function expectNoTrace({ headers }: Answer): void {
  expect(headers.get('x-injected')).toBeNull();
  expect([...headers.values()].join()).not.toMatch(/<script|alert\(1\)/);
  expect(headers.get('content-type') ?? '').not.toContain('html');
}

/** As Node lets a client send it; what it does not is in the tests of raw requests. */
function isHeaderValue(text: string): boolean {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(text);
}

async function namesOfTables(): Promise<string[]> {
  const { rows } = await world.admin.query<{ name: string }>(
    `select schemaname || '.' || tablename as name from pg_tables
     where schemaname in ('identity', 'events', 'orders') order by 1`,
  );
  return rows.map(({ name }) => name);
}
