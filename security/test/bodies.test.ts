import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { faultOf } from '../documented.ts';
import { call } from '../http-call.ts';
import { everyOperation } from '../operations.ts';
import { goodRequest } from '../requests.ts';
import { openWorld, type World } from '../world.ts';

const operations = (await everyOperation()).filter(({ method, id }) => method !== 'get' && id !== 'stripeWebhook');

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const JSON_TYPE = 'application/json';
const deep = (depth: number, open: string, close: string) => open.repeat(depth) + close.repeat(depth);

interface Attack {
  what: string;
  bytes: string | Buffer<ArrayBuffer>;
  headers?: Record<string, string>;
  /** Where a call takes no body, all that is not empty is refused as 422 at the latest. */
  expected: number[];
}

const ATTACKS: Attack[] = [
  { what: '100 kB and more', bytes: JSON.stringify({ name: 'x'.repeat(110_000) }), expected: [413] },
  {
    what: '200 MB in 200 kB',
    bytes: gzipSync(Buffer.alloc(200_000_000, 32)),
    headers: { 'content-encoding': 'gzip' },
    expected: [413],
  },
  {
    what: '10 MB in 10 kB',
    bytes: gzipSync(Buffer.alloc(10_000_000, 32)),
    headers: { 'content-encoding': 'gzip' },
    expected: [413],
  },
  { what: 'lists in lists', bytes: `{"a":${deep(40_000, '[', ']')}}`, expected: [422] },
  { what: 'objects in objects', bytes: `${deep(15_000, '{"a":', '')}1${'}'.repeat(15_000)}`, expected: [422] },
  { what: 'lists that never end', bytes: '['.repeat(90_000), expected: [400] },
  { what: 'a number that is too large', bytes: '{"a":1e400}', expected: [422] },
  { what: 'a number of 50,000 digits', bytes: `{"a":${'9'.repeat(50_000)}}`, expected: [422] },
  { what: 'ten thousand fields', bytes: JSON.stringify(Object.fromEntries(fields(10_000))), expected: [422, 413] },
  { what: 'a prototype', bytes: '{"__proto__":{"polluted":true},"constructor":{"prototype":{}}}', expected: [422] },
  { what: 'a text', bytes: '"text"', expected: [400] },
  { what: 'null', bytes: 'null', expected: [400] },
  { what: 'not a number', bytes: '{"a":NaN}', expected: [400] },
  { what: 'a comment', bytes: '{/**/}', expected: [400] },
  { what: 'a comma too much', bytes: '{"a":1,}', expected: [400] },
  { what: 'two values', bytes: '{}{}', expected: [400] },
  { what: 'bytes that are not UTF-8', bytes: Buffer.from('{"a":"\xff\xfe"}', 'latin1'), expected: [400, 422] },
  {
    what: 'UTF-16',
    bytes: Buffer.from('{"a":1}', 'utf16le'),
    ...typed(`${JSON_TYPE}; charset=utf-16`),
    expected: [415],
  },
  { what: 'UTF-32', bytes: '{"a":1}', ...typed(`${JSON_TYPE}; charset=utf-32`), expected: [415] },
  { what: 'UTF-7', bytes: '{"a":"+ADw-script+AD4-"}', ...typed(`${JSON_TYPE}; charset=utf-7`), expected: [415] },
  { what: 'Latin-1', bytes: '{"a":1}', ...typed(`${JSON_TYPE}; charset=iso-8859-1`), expected: [415] },
  { what: 'no charset that there is', bytes: '{"a":1}', ...typed(`${JSON_TYPE}; charset=x`), expected: [415] },
  { what: 'a form', bytes: 'a=1', ...typed('application/x-www-form-urlencoded'), expected: [415] },
  { what: 'a form that browsers may send', bytes: '{"a":1}', ...typed('text/plain'), expected: [415] },
  { what: 'a form of parts', bytes: '--a\r\n\r\n', ...typed('multipart/form-data; boundary=a'), expected: [415] },
  {
    what: 'XML',
    bytes: '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
    ...typed('text/xml'),
    expected: [415],
  },
  { what: 'no type', bytes: Buffer.from('{"a":1}'), ...typed(''), expected: [415] },
  { what: 'gzip that is none', bytes: '{"a":1}', headers: { 'content-encoding': 'gzip' }, expected: [400] },
  { what: 'an encoding in an encoding', bytes: '{}', headers: { 'content-encoding': 'gzip, gzip' }, expected: [415] },
];

function typed(type: string) {
  return { headers: { 'content-type': type } };
}

function fields(count: number): [string, number][] {
  return Array.from({ length: count }, (_, index) => [`f${index}`, 1]);
}

describe.each(operations.map((operation) => ({ operation, id: operation.id })))('the body of $id', ({ operation }) => {
  test('may be anything at all, and is refused for what it is', async () => {
    const { params, token } = await goodRequest(world, operation);
    const url = world.url + operation.path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => params[name] ?? '');
    for (const { what, bytes, headers = {}, expected } of ATTACKS) {
      const all = { 'content-type': JSON_TYPE, ...headers };
      const answer = await call(operation.method, url, { token, headers: all, bytes });
      expect([what, faultOf(operation, answer)]).toEqual([what, undefined]);
      expect([what, expected.includes(answer.status) ? 'as expected' : answer.text]).toEqual([what, 'as expected']);
    }
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

test('of a field that is there twice the last one counts, for the check as for the use', async () => {
  const url = `${world.url}/auth/register`;
  const rest = `"email":"twice@example.com","password":"correct horse battery","name":"Twice"`;
  const risen = await call('POST', url, { body: `{"role":"customer",${rest},"role":"admin"}` });
  expect(risen.status).toBe(422);
  const registered = await call('POST', url, { body: `{"role":"admin",${rest},"role":"customer"}` });
  expect([registered.status, registered.body]).toEqual([
    201,
    expect.objectContaining({ user: expect.objectContaining({ role: 'customer' }) as unknown }),
  ]);
});
