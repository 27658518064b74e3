import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { operation } from '@ticketing/types/operation';
import { Problem } from '@ticketing/types/problem';
import { accessTokenVerifier, signAccessToken } from '../src/access-token.ts';
import { createHttpApp } from '../src/http-app.ts';
import { listen, type ListeningServer } from '../src/http-server.ts';
import { silentLog } from '../src/log.ts';
import { unavailable } from '../src/problem.ts';

const SECRET = 'a-secret-of-the-tests-with-32-characters';
const TRACE = '0af7651916cd43dd8448eb211c80319c';

const common = { tag: 'Test', summary: 'Test', errors: [] };
const echo = operation({
  ...common,
  id: 'echo',
  method: 'post',
  path: '/things/{id}',
  access: 'public',
  params: z.object({ id: z.uuid() }),
  query: z.object({ limit: z.coerce.number().max(9).optional() }),
  body: z.strictObject({ name: z.string().min(1), tags: z.array(z.strictObject({ key: z.string() })).default([]) }),
  answers: { 200: { description: 'The same', schema: z.object({ name: z.string() }) } },
});
const optional = operation({
  ...common,
  id: 'optional',
  method: 'post',
  path: '/optional',
  access: 'public',
  body: z.strictObject({ isSure: z.boolean().default(false) }),
  isBodyOptional: true,
  answers: { 200: { description: 'What was understood', schema: z.object({ isSure: z.boolean() }) } },
});
const staff = operation({
  ...common,
  id: 'staff',
  method: 'get',
  path: '/staff',
  access: ['admin'],
  answers: { 204: { description: 'Yes' } },
});
const hot = operation({
  ...common,
  id: 'hot',
  method: 'get',
  path: '/hot',
  access: 'optional',
  answers: { 200: { description: 'Who answered', schema: z.object({ by: z.enum(['shortcut', 'route']) }) } },
});
const named = operation({
  ...common,
  id: 'named',
  method: 'patch',
  path: '/things/named',
  access: 'public',
  answers: { 204: { description: 'Yes' } },
});
const broken = operation({
  ...common,
  id: 'broken',
  method: 'get',
  path: '/broken',
  access: 'public',
  answers: { 204: { description: 'No' } },
});
const away = operation({
  ...common,
  id: 'away',
  method: 'get',
  path: '/away',
  access: 'public',
  answers: { 204: { description: 'No' } },
});

let server: ListeningServer;
beforeAll(async () => {
  const http = createHttpApp({
    log: silentLog,
    verifyToken: accessTokenVerifier({ current: SECRET }),
    corsOrigins: ['https://shop.example'],
    trustedProxies: false,
  });
  http.implement(echo, ({ body }) => ({ status: 200, body: { name: body.name } }));
  http.implement(optional, ({ body }) => ({ status: 200, body }));
  http.implement(staff, () => ({ status: 204 }) as const);
  http.implement(named, () => ({ status: 204 }) as const);
  http.implement(hot, () => ({ status: 200, body: { by: 'route' as const } }));
  http.shortcut(({ url }) => {
    // Not ASCII, as bytes.
    const json = Buffer.from('{"by":"shortcut","name":"Ünïcödé 🎟"}');
    return url === '/hot' ? { operation: hot, reply: { status: 200, json } } : undefined;
  });
  http.implement(broken, () => {
    throw new Error('a secret of the inside');
  });
  http.implement(away, () => {
    throw unavailable('Not now.');
  });
  server = await listen(http.finish(), { host: '127.0.0.1', port: 0 });
});
afterAll(() => server.close());

const THING = `/things/${crypto.randomUUID()}`;

interface Refusal {
  code: string;
  status: number;
  detail: string;
  instance: string;
  traceId: string;
  errors?: { path: string; message: string }[];
}

async function call(path: string, init: RequestInit = {}) {
  const response = await fetch(`${server.url}${path}`, init);
  const content = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: (content ? JSON.parse(content) : undefined) as Refusal,
  };
}

const post = (body: string, headers: Record<string, string> = {}) =>
  call(THING, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });

describe('input', () => {
  test('that fits is parsed', async () => expect((await post('{"name":"a"}')).body).toEqual({ name: 'a' }));

  test.each(['application/json; charset=utf-8', 'Application/JSON;charset="UTF-8"; x=1'])('%s is JSON', async (type) =>
    expect((await post('{"name":"a"}', { 'content-type': type })).status).toBe(200),
  );

  test('may be left out where it is optional, and is looked at where it is not', async () => {
    const json = { 'content-type': 'application/json' };
    const send = async (init: RequestInit) => {
      const { status, body } = await call('/optional', { method: 'POST', ...init });
      return [status, status === 200 ? body : body.errors?.[0]?.path];
    };
    const unsure = [200, { isSure: false }];
    expect(await send({})).toEqual(unsure);
    expect(await send({ body: '', headers: json })).toEqual(unsure);
    expect(await send({ body: '{}', headers: json })).toEqual(unsure);
    expect(await send({ body: '{"isSure":true}', headers: json })).toEqual([200, { isSure: true }]);
    expect(await send({ body: '{"isSur":true}', headers: json })).toEqual([422, 'isSur']);
    expect(await send({ body: '[]', headers: json })).toEqual([422, '']);
  });

  test('that does not fit is refused with every wrong field, of all parts', async () => {
    const { status, body, headers } = await call(`${THING}?limit=10`, {
      method: 'POST',
      body: '{"name":"","tags":[{"key":1},{"extra":true}],"more":1}',
      headers: { 'content-type': 'application/json' },
    });
    expect([status, body.code, headers.get('content-type')]).toEqual([
      422,
      'VALIDATION_FAILED',
      'application/problem+json',
    ]);
    expect(body.errors?.map(({ path }) => path).sort()).toEqual(
      ['limit', 'more', 'name', 'tags.0.key', 'tags.1.extra', 'tags.1.key'].sort(),
    );
  });

  test.each([
    ['broken JSON', '{', {}, 400, 'MALFORMED_REQUEST'],
    ['no body', '', {}, 422, 'VALIDATION_FAILED'],
    ['JSON that is no object', '[1]', {}, 422, 'VALIDATION_FAILED'],
    ['a form', 'name=a', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    [
      'another charset',
      '{"name":"a"}',
      { 'content-type': 'application/json; charset=iso-8859-1' },
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    [
      'JSON in another encoding of Unicode',
      '{"name":"a"}',
      { 'content-type': 'application/json; charset="UTF-16"' },
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    ['an unknown encoding', '{"name":"a"}', { 'content-encoding': 'zstd9' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['a deep nest', `{"name":${'['.repeat(40_000)}${']'.repeat(40_000)}}`, {}, 422, 'VALIDATION_FAILED'],
    ['too much', JSON.stringify({ name: 'x'.repeat(110_000) }), {}, 413, 'BODY_TOO_LARGE'],
    ['a poisoned prototype', '{"__proto__":{"name":"a"},"name":"b","constructor":1}', {}, 422, 'VALIDATION_FAILED'],
  ])('%s is refused', async (_case, body, headers, status, code) => {
    const answer = await post(body, headers);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });
});

describe('the detail of a refusal', () => {
  test.each([
    ['one wrong field', '{"name":5}', 'name must be a string, not a number.'],
    ['one that is missing', '{}', 'name is required.'],
    ['one within a list', '{"name":"a","tags":[{"key":null}]}', 'tags.0.key must be a string, not null.'],
    ['two', '{"tags":1}', 'name is required; tags must be an array, not a number.'],
    [
      'five',
      '{"a":1,"b":1,"c":1,"d":1}',
      'name is required; a is not a known field; b is not a known field; and 2 more.',
    ],
    ['a list in place of the body', '[]', 'The body must be an object, not an array.'],
    ['a text in place of the body', ' "text"', 'The body must be a JSON object.'],
    ['null in place of the body', 'null', 'The body must be a JSON object.'],
    ['what is no JSON', '{name:1}', 'The body is not valid JSON.'],
    ['half a body', '{"name":"a"', 'The body is not valid JSON.'],
  ])('tells of %s what is wrong', async (_what, body, detail) => expect((await post(body)).body.detail).toBe(detail));

  test('tells of a body that is missing', async () => {
    expect((await call(THING, { method: 'POST' })).body.detail).toBe('The body is required: send a JSON object.');
  });

  test('tells of a body that is none of the call', async () => {
    const init = { method: 'PATCH', body: '{"a":1}', headers: { 'content-type': 'application/json' } };
    expect((await call('/things/named', init)).body.detail).toBe('The body must be empty: this call takes none.');
  });

  test('tells of a query that came twice, and of one that is no number', async () => {
    const send = (query: string) =>
      call(`${THING}?${query}`, {
        method: 'POST',
        body: '{"name":"a"}',
        headers: { 'content-type': 'application/json' },
      });
    expect((await send('limit=1&limit=2')).body.detail).toBe('limit must be given once.');
    expect((await send('limit=abc')).body.detail).toBe('limit must be a number of at most 9.');
    expect((await send('limit=')).status).toBe(200);
  });

  test('tells of bytes that are not UTF-8, which would all be read as the same character', async () => {
    for (const bytes of ['\xff', '\xc3', '\xed\xa0\x80', '\xc0\x80']) {
      const { status, body } = await call(THING, {
        method: 'POST',
        body: Buffer.from(`{"name":"a${bytes}"}`, 'latin1'),
        headers: { 'content-type': 'application/json' },
      });
      expect([status, body.code, body.detail]).toEqual([400, 'MALFORMED_REQUEST', 'The body is not valid UTF-8.']);
    }
    expect((await post('{"name":"ÿ€🎟"}')).body).toEqual({ name: 'ÿ€🎟' });
  });
});

describe('addresses', () => {
  test('that name nothing are 404, in problem+json', async () => {
    for (const path of ['/', '/nowhere', '/things/not-a-uuid', '/things/%00', '/../etc/passwd']) {
      const method = path.startsWith('/things') ? 'POST' : 'GET';
      const { status, body } = await call(path, { method });
      expect([path, status, body.code]).toEqual([path, 404, 'NOT_FOUND']);
    }
  });

  test('that cannot be decoded are 400', async () => {
    expect((await call('/things/%E0%A4%A', { method: 'POST' })).body.code).toBe('MALFORMED_REQUEST');
  });

  test('with another method are 405 with Allow', async () => {
    const { status, body, headers } = await call('/staff', { method: 'DELETE' });
    expect([status, body.code, headers.get('allow')]).toEqual([405, 'METHOD_NOT_ALLOWED', 'GET, HEAD']);
  });

  test('that have a name are not taken for an id: with another method they are 405 too', async () => {
    const { status, headers } = await call('/things/named', { method: 'POST' });
    expect([status, headers.get('allow')]).toEqual([405, 'PATCH']);
    expect((await call('/things/named', { method: 'PATCH' })).status).toBe(204);
  });

  test('in the problem leave out the query, which may hold secrets', async () => {
    expect((await call('/nowhere?token=hush')).body.instance).toBe('/nowhere');
  });
});

describe('access', () => {
  test('asks for a token, and for the right role', async () => {
    const as = (role: 'admin' | 'customer') =>
      call('/staff', {
        headers: {
          authorization: `Bearer ${signAccessToken({ current: SECRET }, { id: crypto.randomUUID(), role, email: 'a@b.co' })}`,
        },
      });
    const without = await call('/staff');
    expect([without.status, without.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect((await as('customer')).body.code).toBe('FORBIDDEN');
    expect((await as('admin')).status).toBe(204);
  });
});

describe('what is answered at once', () => {
  test('is so only for a plain GET: a token is looked at, and an origin', async () => {
    const by = async (init: RequestInit) => ((await call('/hot', init)).body as unknown as { by: string }).by;
    expect(await by({})).toBe('shortcut');
    expect(await by({ headers: { origin: 'https://shop.example' } })).toBe('route');
    const token = signAccessToken(
      { current: SECRET },
      { id: crypto.randomUUID(), role: 'customer', email: 'a@b.example' },
    );
    expect(await by({ headers: { authorization: `Bearer ${token}` } })).toBe('route');
    expect((await call('/hot', { headers: { authorization: 'Bearer forged' } })).status).toBe(401);
    expect((await call('/hot', { method: 'HEAD' })).headers.get('content-length')).toBe('14');
    expect((await call('/hot', { method: 'POST' })).status).toBe(405);
  });

  test('comes as the bytes that it is, with the headers of every answer, and tells caches of origins', async () => {
    const { headers, body } = await call('/hot');
    expect(body).toEqual({ by: 'shortcut', name: 'Ünïcödé 🎟' });
    expect(headers.get('x-request-id')).toMatch(/^[\da-f]{32}$/);
    expect([headers.get('x-content-type-options'), headers.get('vary')]).toEqual(['nosniff', 'Origin']);
  });
});

describe('every answer', () => {
  test('carries a request id: the given one if it is sane, else the trace', async () => {
    const idOf = async (headers: Record<string, string>) =>
      (await call('/nowhere', { headers })).headers.get('x-request-id');
    expect(await idOf({ 'x-request-id': 'abc-123' })).toBe('abc-123');
    expect(await idOf({ 'x-request-id': 'x'.repeat(200) })).toMatch(/^[\da-f]{32}$/);
    expect(await idOf({ 'x-request-id': 'a b<script>' })).toMatch(/^[\da-f]{32}$/);
    expect(await idOf({ traceparent: `00-${TRACE}-b7ad6b7169203331-01` })).toBe(TRACE);
    expect(await idOf({ traceparent: `00-${'0'.repeat(32)}-b7ad6b7169203331-01` })).not.toBe('0'.repeat(32));
  });

  test('of an error has the trace to ask about, and nothing of the inside', async () => {
    const { status, body } = await call('/broken', { headers: { traceparent: `00-${TRACE}-b7ad6b7169203331-01` } });
    expect([status, body.code, body.traceId]).toEqual([500, 'INTERNAL', TRACE]);
    expect(JSON.stringify(body)).not.toMatch(/secret|stack|at /);
  });

  test('that we cannot give now says when to try again', async () => {
    const { status, headers } = await call('/away');
    expect([status, headers.get('retry-after')]).toEqual([503, '2']);
  });

  test('is shared with the origins that are allowed, and no others', async () => {
    const allowed = async (origin: string) =>
      (await call('/nowhere', { headers: { origin } })).headers.get('access-control-allow-origin');
    expect(await allowed('https://shop.example')).toBe('https://shop.example');
    expect(await allowed('https://evil.example')).toBeNull();
  });

  test('to what is not HTTP is a problem too', async () => {
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    socket.write('nonsense\r\n\r\n');
    const answer = await text(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 400/);
    expect(answer).toMatch(/^X-Content-Type-Options: nosniff\r$/m);
    const problem = Problem.parse(JSON.parse(answer.split('\r\n\r\n')[1] ?? ''));
    expect([problem.code, answer]).toEqual(['MALFORMED_REQUEST', expect.stringContaining(problem.traceId)]);
  });
});

test('closing lets the request under way finish, and takes no more', async () => {
  let finish: () => void = () => undefined;
  const started = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const gate: { open?: () => void } = {};
  const slow = await listen(
    (request, response) => {
      if (request.url === '/quick') {
        response.end('done');
        return;
      }
      gate.open = () => response.end('done');
      finish();
    },
    { host: '127.0.0.1', port: 0 },
  );
  const answer = fetch(slow.url);
  await started;
  const closed = slow.close();
  // Those on their way at first are still served; soon nobody is.
  const again = () =>
    fetch(`${slow.url}/quick`).then(
      () => 'served',
      () => 'refused',
    );
  await expect.poll(again).toBe('refused');
  gate.open?.();
  expect((await answer).status).toBe(200);
  await closed;
});
