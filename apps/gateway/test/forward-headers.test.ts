import { request as httpRequest } from 'node:http';
import { expect, test } from 'vitest';
import { startGateway, startPlatform, type Gateway } from './gateway.ts';
import { startUpstream } from './upstream.ts';

test('the service gets the ids of the request, and the answer has each of them once', async () => {
  const upstream = await startUpstream('events', (request, response) => {
    response.setHeader('X-Request-Id', request.headers['x-request-id'] ?? '');
    response.end();
  });
  const gateway = await startGateway({ EVENTS_SERVICE_URL: upstream.url });
  const given = await rawGet(gateway, '/events', { 'X-Request-Id': 'mine-1' });
  expect(valuesOf(given.rawHeaders, 'x-request-id')).toEqual(['mine-1']);
  expect(valuesOf(given.rawHeaders, 'x-content-type-options')).toEqual(['nosniff']);

  const made = await rawGet(gateway, '/events', { 'X-Request-Id': 'in sane', traceparent: 'nonsense' });
  const [id = ''] = valuesOf(made.rawHeaders, 'x-request-id');
  expect(id).toMatch(/^[\da-f]{32}$/);
  const last = upstream.requests.at(-1);
  expect(valuesOf(last?.rawHeaders ?? [], 'x-request-id')).toEqual([id]);
  expect(last?.headers.traceparent).toMatch(new RegExp(`^00-${id}-[\\da-f]{16}-01$`));

  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00';
  await rawGet(gateway, '/events', { traceparent, tracestate: 'a=1' });
  expect(upstream.requests.at(-1)?.headers).toMatchObject({ traceparent, tracestate: 'a=1' });
});

test('the service learns where a request came from, and not what the client says of it', async () => {
  const { gateway, events } = await startPlatform();
  await rawGet(gateway, '/events', {
    Host: 'shop.example',
    'X-Forwarded-For': '192.0.2.66',
    'X-Forwarded-Proto': 'https',
    'X-Forwarded-Host': 'evil.example',
    'X-Real-IP': '192.0.2.66',
    Forwarded: 'for=192.0.2.66',
    Connection: 'close, X-Secret',
    'X-Secret': '1',
    TE: 'trailers',
    Expect: '100-continue',
    Authorization: 'Bearer abc',
  });
  const { headers } = events.requests.at(-1) ?? {};
  expect(headers).toMatchObject({
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-proto': 'http',
    'x-forwarded-host': 'shop.example',
    authorization: 'Bearer abc',
    host: new URL(events.url).host,
  });
  for (const name of ['forwarded', 'x-real-ip', 'x-secret', 'te', 'expect']) expect(headers?.[name]).toBeUndefined();
});

test('behind a trusted proxy, its word is passed on and the proxy is added', async () => {
  const { gateway, events } = await startPlatform({ TRUSTED_PROXIES: 'loopback' });
  const headers = { 'X-Forwarded-For': '192.0.2.1', 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': 'shop.example' };
  await gateway.get('/events', headers);
  expect(events.requests.at(-1)?.headers).toMatchObject({
    'x-forwarded-for': '192.0.2.1, 127.0.0.1',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'shop.example',
  });
});

test('what it passes on of where a request came from is addresses, in one spelling', async () => {
  const { gateway, events } = await startPlatform({ TRUSTED_PROXIES: 'loopback, 10.0.0.1' });
  for (const [said, passedOn] of [
    ['[2001:DB8::1]:443, 10.0.0.1:8080', '2001:db8::1, 10.0.0.1, 127.0.0.1'],
    ['203.0.113.5, ::ffff:192.0.2.1', '192.0.2.1, 127.0.0.1'],
    ['unknown', '127.0.0.1'],
    ['192.0.2.1, unknown, 10.0.0.1', '10.0.0.1, 127.0.0.1'],
  ] as const) {
    await gateway.get('/events', { 'X-Forwarded-For': said });
    expect(events.requests.at(-1)?.headers['x-forwarded-for']).toBe(passedOn);
  }
});

/** As `fetch`, but with every header that a client can think of, and the answer's headers as they came. */
function rawGet(gateway: Gateway, path: string, headers: Record<string, string>): Promise<{ rawHeaders: string[] }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(gateway.url + path, { headers }, (response) => {
      response.resume().on('end', () => resolve({ rawHeaders: response.rawHeaders }));
    });
    request.on('error', reject).end();
  });
}

function valuesOf(rawHeaders: string[], name: string): string[] {
  return rawHeaders.filter((_value, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name);
}
