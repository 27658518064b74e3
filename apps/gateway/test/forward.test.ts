import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { startGateway, startPlatform } from './gateway.ts';
import { startUpstream } from './upstream.ts';

test('each path goes to the service that it belongs to, with its query', async () => {
  const { gateway } = await startPlatform();
  const id = '019ac3f0-5b1e-7c7d-a1f1-3f6f0b8f2f10';
  const places = {
    'events /events?q=a%20b&limit=1': `/events?q=a%20b&limit=1`,
    'events /events/': '/events/',
    'events /Events': '/Events',
    [`events /events/${id}`]: `/events/${id}`,
    [`events /events/${id}/publish`]: `/events/${id}/publish`,
    [`orders /events/${id}/availability?x=1`]: `/events/${id}/availability?x=1`,
    'orders /orders/webhook': '/orders/webhook',
    'orders /tickets/ABC/qr.svg': '/tickets/ABC/qr.svg',
    'events /events/a%2Fb//c': '/events/a%2Fb//c',
  };
  for (const [expected, path] of Object.entries(places)) {
    expect(await (await gateway.get(path)).text()).toBe(expected);
  }
});

test('bodies arrive byte for byte, with and without a declared length', async () => {
  const orders = await startUpstream('orders', (request, response) => request.on('end', () => response.end()));
  const gateway = await startGateway({ ORDERS_SERVICE_URL: orders.url });
  const body = Buffer.concat([Buffer.from('{ "a" :\r\n 1 }\u0000'), randomBytes(700_000)]);
  const headers = { 'Content-Type': 'application/json', 'Stripe-Signature': 't=1,v1=ab' };
  await fetch(`${gateway.url}/orders/webhook`, { method: 'POST', body, headers });
  const stream = new ReadableStream({
    start: (controller) => {
      controller.enqueue(body.subarray(0, 1_000));
      controller.enqueue(body.subarray(1_000));
      controller.close();
    },
  });
  await fetch(`${gateway.url}/orders/webhook`, { method: 'POST', body: stream, headers, duplex: 'half' });
  const small = body.subarray(0, 60_000);
  await fetch(`${gateway.url}/orders/webhook`, { method: 'POST', body: small, headers });
  expect(orders.requests.pop()?.body.equals(small)).toBe(true);
  expect(orders.requests).toHaveLength(2);
  for (const request of orders.requests) {
    expect(request.body.equals(body)).toBe(true);
    expect(request.headers['stripe-signature']).toBe('t=1,v1=ab');
  }
  expect(orders.requests[0]?.headers['content-length']).toBe(String(body.length));
  expect(orders.requests[1]?.headers['transfer-encoding']).toBe('chunked');
});

test('answers come back as they were: status, headers, body', async () => {
  const upstream = await startUpstream('events', (_request, response) => {
    response.writeHead(412, 'Whatever', [
      ...['Content-Type', 'application/problem+json', 'ETag', '"3"', 'Vary', 'Accept-Encoding'],
      ...['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'Connection', 'keep-alive, X-Private', 'X-Private', '1'],
    ]);
    response.end('{"code":"VERSION_CONFLICT"}');
  });
  const gateway = await startGateway({ EVENTS_SERVICE_URL: upstream.url, CORS_ORIGINS: 'https://shop.example' });
  const response = await fetch(`${gateway.url}/events/1`, { method: 'PATCH', body: '{}' });
  expect(response.status).toBe(412);
  expect(response.headers.get('etag')).toBe('"3"');
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  expect(response.headers.get('x-private')).toBeNull();
  expect(response.headers.get('vary')).toBe('Origin, Accept-Encoding');
  expect(await response.text()).toBe('{"code":"VERSION_CONFLICT"}');
});

test('an answer without a body is passed on too', async () => {
  const upstream = await startUpstream('events', (request, response) => {
    response.setHeader('ETag', '"1"');
    if (request.method === 'GET') response.statusCode = 304;
    if (request.method === 'HEAD') response.setHeader('Content-Length', 1234);
    response.end();
  });
  const gateway = await startGateway({ EVENTS_SERVICE_URL: upstream.url });
  const notModified = await gateway.get('/events', { 'If-None-Match': '"1"' });
  expect([notModified.status, await notModified.text()]).toEqual([304, '']);
  const head = await fetch(`${gateway.url}/events`, { method: 'HEAD' });
  expect([head.status, head.headers.get('content-length')]).toEqual([200, '1234']);
});

test('a service that is away is 503, and found again when it is back', async () => {
  const upstream = await startUpstream('events');
  const gateway = await startGateway({ EVENTS_SERVICE_URL: upstream.url });
  expect((await gateway.get('/events')).status).toBe(200);
  await upstream.close();
  const refused = await gateway.get('/events', { 'X-Request-Id': 'lost-1' });
  expect(refused.status).toBe(503);
  expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
  expect(refused.headers.get('content-type')).toBe('application/problem+json');
  expect(refused.headers.get('x-request-id')).toBe('lost-1');
  expect(await refused.json()).toMatchObject({ code: 'UNAVAILABLE', instance: '/events' });
  await startUpstream('events', undefined, Number(new URL(upstream.url).port));
  expect((await gateway.get('/events')).status).toBe(200);
});

test('a service that hangs up before it answers is 503; in the middle of an answer, the connection is cut', async () => {
  const upstream = await startUpstream('events', (request, response) => {
    if (request.url === '/events/never') response.destroy();
    else {
      response.writeHead(200, { 'Content-Length': 100 });
      response.write('half of', () => response.destroy());
    }
  });
  const gateway = await startGateway({ EVENTS_SERVICE_URL: upstream.url });
  expect((await gateway.get('/events/never')).status).toBe(503);
  await expect(gateway.get('/events/half').then((response) => response.text())).rejects.toThrow();
});

test('when the client goes away, so does the request to the service', async () => {
  let arrived = 0;
  let gone = 0;
  const upstream = await startUpstream('events', (request, response) => {
    arrived++;
    response.once('close', () => gone++);
    if (request.url === '/events/slow-body') response.write('first part');
  });
  const gateway = await startGateway({ EVENTS_SERVICE_URL: upstream.url });
  for (const [index, path] of ['/events/never-answered', '/events/slow-body'].entries()) {
    const abort = new AbortController();
    const call = fetch(gateway.url + path, { signal: abort.signal }).then((response) => response.text());
    await expect.poll(() => arrived).toBe(index + 1);
    abort.abort();
    await expect(call).rejects.toThrow();
    await expect.poll(() => gone).toBe(index + 1);
  }
});

test('a refusal that comes before the whole body was read reaches the client', async () => {
  const upstream = await startUpstream('orders', (_request, response) => {
    response.writeHead(413, { 'Content-Type': 'application/problem+json' });
    response.end('{"code":"BODY_TOO_LARGE"}');
  });
  const gateway = await startGateway({ ORDERS_SERVICE_URL: upstream.url });
  const body = Buffer.alloc(3_000_000, 'x');
  const response = await fetch(`${gateway.url}/orders/webhook`, { method: 'POST', body });
  expect(response.status).toBe(413);
});

test('large answers are streamed at the speed of who reads them', async () => {
  const part = Buffer.alloc(100_000, 'x');
  let written = 0;
  const upstream = await startUpstream('events', (_request, response) => {
    const countAndGoOn = () => {
      written++;
      write();
    };
    const write = () => {
      while (written < 500 && response.write(part)) written++;
      if (written < 500) response.once('drain', countAndGoOn);
      else response.end();
    };
    write();
  });
  const gateway = await startGateway({ EVENTS_SERVICE_URL: upstream.url });
  const response = await gateway.get('/events');
  let bytes = 0;
  for await (const chunk of response.body ?? []) bytes += (chunk as Uint8Array).length;
  expect(bytes).toBeGreaterThanOrEqual(50_000_000);
});
