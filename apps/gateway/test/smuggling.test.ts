import { expect, test, vi } from 'vitest';
import { startPlatform } from './gateway.ts';
import { raw, sendLast, sendRaw } from './raw-http.ts';
import type { Upstream } from './upstream.ts';

const HIDDEN = raw('GET /orders/hidden HTTP/1.1');
const post = (headers: string[], rest: string) => raw('POST /orders HTTP/1.1', headers, rest);

/** Requests of which two parsers may not agree where they end (RFC 9112 section 11.2). */
const AMBIGUOUS: Record<string, string> = {
  'a length and chunks': post(['Content-Length: 5', 'Transfer-Encoding: chunked'], `0\r\n\r\n${HIDDEN}`),
  'chunks and a length': post(['Transfer-Encoding: chunked', 'Content-Length: 5'], `0\r\n\r\n${HIDDEN}`),
  'two lengths': post(['Content-Length: 0', `Content-Length: ${HIDDEN.length}`], HIDDEN),
  'two equal lengths': post(['Content-Length: 0', 'Content-Length: 0'], HIDDEN),
  'a list of lengths': post(['Content-Length: 0, 0'], HIDDEN),
  'a length with a sign': post(['Content-Length: +0'], HIDDEN),
  'a negative length': post(['Content-Length: -1'], HIDDEN),
  'a hexadecimal length': post(['Content-Length: 0x0'], HIDDEN),
  'a length with a fraction': post(['Content-Length: 0.0'], HIDDEN),
  'a length of 25 digits': post([`Content-Length: 1${'0'.repeat(24)}`], HIDDEN),
  'chunks by another name': post(['Transfer-Encoding: xchunked'], `0\r\n\r\n${HIDDEN}`),
  'chunks that are not last': post(['Transfer-Encoding: chunked, identity'], `0\r\n\r\n${HIDDEN}`),
  'chunks of no transfer': post(['Transfer-Encoding: identity'], `0\r\n\r\n${HIDDEN}`),
  'chunks twice': post(['Transfer-Encoding: chunked', 'Transfer-Encoding: cow'], `0\r\n\r\n${HIDDEN}`),
  'a space before the colon': post(['Transfer-Encoding : chunked'], `0\r\n\r\n${HIDDEN}`),
  'a name with a tab': post(['Transfer-Encoding\t: chunked'], `0\r\n\r\n${HIDDEN}`),
  'a line that goes on in the next': post(['X-One: a', ' Transfer-Encoding: chunked'], `0\r\n\r\n${HIDDEN}`),
  'a first header that is indented': 'POST /orders HTTP/1.1\r\n Content-Length: 0\r\nHost: a\r\n\r\n',
  'line ends without CR': `POST /orders HTTP/1.1\nHost: a\nContent-Length: 0\n\n${HIDDEN}`,
  'a CR within a value': post(['X-One: a\rContent-Length: 30'], HIDDEN),
  'a NUL within a value': post(['X-One: a\0Content-Length: 30'], HIDDEN),
  'a chunk of hexadecimal prefix': post(['Transfer-Encoding: chunked'], `0x1\r\na\r\n0\r\n\r\n${HIDDEN}`),
  'a chunk of negative size': post(['Transfer-Encoding: chunked'], `-1\r\na\r\n0\r\n\r\n${HIDDEN}`),
  'a chunk that is larger than said': post(['Transfer-Encoding: chunked'], `1\r\nabc\r\n0\r\n\r\n${HIDDEN}`),
  'a chunk of a size beyond 64 bits': post(['Transfer-Encoding: chunked'], `fffffffffffffffff\r\na\r\n0\r\n\r\n`),
  'chunk lines without CR': post(['Transfer-Encoding: chunked'], `1\na\n0\n\n${HIDDEN}`),
  'no host': 'GET /orders HTTP/1.1\r\n\r\n',
  'no version': 'GET /orders\r\n\r\n',
  'another protocol': raw('GET /orders RTSP/1.0'),
  'HTTP/2 without asking': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'a method that there is not': raw('HELLO /orders HTTP/1.1'),
  'a method in lower case': raw('get /orders HTTP/1.1'),
  'an address of 20 kB': raw(`GET /orders?${'a'.repeat(20_000)} HTTP/1.1`),
  'a header of 20 kB': raw('GET /orders HTTP/1.1', [`X-One: ${'a'.repeat(20_000)}`]),
  'headers of 20 kB': raw('GET /orders HTTP/1.1', Array<string>(4_000).fill('a: b')),
};

test('of a request that two parsers may read in two ways nothing is passed on, and the connection ends', async () => {
  const { gateway, events, orders } = await startPlatform();
  for (const [what, bytes] of Object.entries(AMBIGUOUS)) {
    const { statuses } = await sendRaw(gateway.url, bytes);
    expect([what, statuses]).toEqual([what, [400]]);
    // A body that turns out broken may have been on its way; what was hidden in it never arrives.
    expect([what, orders.requests.filter(({ url }) => url !== '/orders')]).toEqual([what, []]);
    for (const { body } of orders.requests) expect([what, body.includes('hidden')]).toEqual([what, false]);
  }
  expect(events.requests).toEqual([]);
});

test('a request within the body of another stays a body, whatever the method', async () => {
  const { gateway, orders } = await startPlatform();
  for (const method of ['GET', 'POST', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PURGE']) {
    const length = raw(`${method} /orders HTTP/1.1`, [`Content-Length: ${HIDDEN.length}`], HIDDEN);
    const size = HIDDEN.length.toString(16);
    const chunked = raw(
      `${method} /orders HTTP/1.1`,
      ['Transfer-Encoding: chunked'],
      `${size}\r\n${HIDDEN}\r\n0\r\n\r\n`,
    );
    for (const bytes of [length, chunked]) {
      const { statuses } = await sendRaw(gateway.url, bytes);
      expect([method, statuses]).toEqual([method, [200, 200]]);
    }
  }
  // Whoever comes next on the same connection to the service gets an answer of their own.
  for (let round = 0; round < 5; round++) {
    expect(await (await gateway.get(`/orders/${round}`)).text()).toBe(`orders /orders/${round}`);
  }
  expect(orders.requests.filter(({ url }) => url.includes('hidden'))).toEqual([]);
});

test('requests one behind the other on a connection are answered one by one, in order', async () => {
  const { gateway } = await startPlatform();
  const paths = Array.from({ length: 20 }, (_, index) => `/${index % 2 ? 'orders' : 'events'}/${index}`);
  const { statuses, text } = await sendRaw(gateway.url, paths.map((path) => raw(`GET ${path} HTTP/1.1`)).join(''));
  expect(statuses).toEqual([...paths, 'the last'].map(() => 200));
  expect([...text.matchAll(/(events|orders) (\/\w+\/\d+)/g)].map(([, , path]) => path)).toEqual(paths);
});

test('whatever address a request names, it goes to our services and to nothing else', async () => {
  const { gateway, events } = await startPlatform();
  const passedOn: Record<string, string> = {
    'GET http://evil.example/events?a=1 HTTP/1.1': '/events?a=1',
    'GET https://evil.example:8080/events HTTP/1.1': '/events',
    'GET http://user:password@evil.example/events HTTP/1.1': '/events',
    'GET /events?next=http://evil.example/ HTTP/1.1': '/events?next=http://evil.example/',
    'GET /events/../auth/me HTTP/1.1': '/events/../auth/me',
    'GET /events/%2e%2e/metrics HTTP/1.1': '/events/%2e%2e/metrics',
    'GET /events/..%2f..%2fmetrics HTTP/1.1': '/events/..%2f..%2fmetrics',
    'GET /events/..;/metrics HTTP/1.1': '/events/..;/metrics',
    'GET /events/@evil.example HTTP/1.1': '/events/@evil.example',
  };
  for (const [firstLine, path] of Object.entries(passedOn)) {
    const { statuses } = await sendRaw(gateway.url, raw(firstLine));
    expect([firstLine, statuses]).toEqual([firstLine, [200, 200]]);
    const { url, headers } = await arrived(events);
    expect([firstLine, url, headers.host]).toEqual([firstLine, path, new URL(events.url).host]);
  }
  const refused = [
    'GET //evil.example/events HTTP/1.1',
    'GET http://evil.example//events HTTP/1.1',
    'GET /\\evil.example/events HTTP/1.1',
    'GET @evil.example/events HTTP/1.1',
    'GET ftp://evil.example/events HTTP/1.1',
    'GET evil.example/events HTTP/1.1',
    'OPTIONS * HTTP/1.1',
    'GET /metrics HTTP/1.1',
    'GET /.env HTTP/1.1',
  ];
  for (const firstLine of refused) {
    const { statuses } = await sendRaw(gateway.url, raw(firstLine));
    expect([firstLine, [400, 404].includes(statuses[0] ?? 0), statuses.length > 0]).toEqual([firstLine, true, true]);
  }
  expect((await sendLast(gateway.url, raw('CONNECT evil.example:443 HTTP/1.1'))).text).toBe('');
  expect(events.requests).toEqual([]);
});

test('a client of long ago is served too', async () => {
  const { gateway, events } = await startPlatform();
  for (const bytes of ['GET /events HTTP/1.0\r\n\r\n', raw('GET /events HTTP/1.0')]) {
    const { statuses } = await sendLast(gateway.url, bytes);
    expect(statuses).toEqual([200]);
    expect((await arrived(events)).url).toBe('/events');
  }
});

test('a connection stays HTTP/1.1 whatever it is asked to become', async () => {
  const { gateway, events } = await startPlatform();
  for (const protocol of ['websocket', 'h2c', 'TLS/1.2']) {
    const headers = [`Upgrade: ${protocol}`, 'Connection: Upgrade, HTTP2-Settings, close', 'HTTP2-Settings: AAMAAABk'];
    const { statuses } = await sendLast(gateway.url, raw('GET /events HTTP/1.1', headers));
    expect([protocol, statuses]).toEqual([protocol, [200]]);
    const { headers: passed } = await arrived(events);
    expect([passed.upgrade, passed['http2-settings']]).toEqual([undefined, undefined]);
  }
});

test('what a client says of connections takes away nothing that is ours to say', async () => {
  const { gateway, events } = await startPlatform();
  const headers = [
    'Connection: close, X-Forwarded-For, X-Request-Id, Host, Content-Length, Traceparent',
    'X-Forwarded-For: 192.0.2.1',
    'X-Request-Id: mine',
    '__proto__: polluted',
    'constructor: polluted',
  ];
  await sendLast(gateway.url, raw('GET /events HTTP/1.1', headers));
  expect((await arrived(events)).headers).toMatchObject({
    host: new URL(events.url).host,
    'x-forwarded-for': '127.0.0.1',
    'x-request-id': 'mine',
  });
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});

test('what is expected before the body is answered by the gateway itself', async () => {
  const { gateway, orders } = await startPlatform();
  const body = ['Expect: 100-continue', 'Content-Length: 2'];
  expect((await sendRaw(gateway.url, post(body, '{}'))).statuses).toEqual([100, 200, 200]);
  expect((await arrived(orders)).headers.expect).toBeUndefined();
  expect((await sendRaw(gateway.url, post(['Expect: magic', 'Content-Length: 2'], '{}'))).statuses).toEqual([417, 200]);
});

/** The request that the service got. It may hear of its end after the client has the answer. */
function arrived({ requests }: Upstream): Promise<Upstream['requests'][number]> {
  return vi.waitFor(() => {
    const request = requests.pop();
    if (!request) throw new Error('Nothing has arrived.');
    return request;
  });
}
