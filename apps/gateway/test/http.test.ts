import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { newPerson, startGateway } from './gateway.ts';

const JSON_TYPE = { 'Content-Type': 'application/json' };
const calls = ['/auth/register', '/auth/login', '/auth/refresh', '/auth/logout'];

test('every fault of a request is answered as a problem', async () => {
  const gateway = await startGateway();
  const faults: [string, RequestInit, number, string][] = [
    ['/nowhere', {}, 404, 'NOT_FOUND'],
    ['/auth', {}, 404, 'NOT_FOUND'],
    ['/eventsx', {}, 404, 'NOT_FOUND'],
    ['/auth/%', {}, 404, 'NOT_FOUND'],
    ['/auth/me', { method: 'DELETE' }, 405, 'METHOD_NOT_ALLOWED'],
    ['/docs', { method: 'POST' }, 405, 'METHOD_NOT_ALLOWED'],
  ];
  for (const path of calls) {
    faults.push(
      [path, {}, 405, 'METHOD_NOT_ALLOWED'],
      [path, post('{"email":'), 400, 'MALFORMED_REQUEST'],
      [path, post('[]'), 422, 'VALIDATION_FAILED'],
      [path, post('{}'), 422, 'VALIDATION_FAILED'],
      [path, post(undefined), 422, 'VALIDATION_FAILED'],
      [path, post('{}', { 'Content-Type': 'text/plain' }), 415, 'UNSUPPORTED_MEDIA_TYPE'],
      [path, post('{}', { ...JSON_TYPE, 'Content-Encoding': 'compress' }), 415, 'UNSUPPORTED_MEDIA_TYPE'],
      [path, post(JSON.stringify({ name: 'x'.repeat(110_000) })), 413, 'BODY_TOO_LARGE'],
      [path, post('{"unheard":"of"}'), 422, 'VALIDATION_FAILED'],
    );
  }
  for (const [path, request, status, code] of faults) {
    const response = await fetch(gateway.url + path, request);
    const what = `${request.method ?? 'GET'} ${path} ${JSON.stringify(request.body ?? '').slice(0, 20)}`;
    expect(response.status, what).toBe(status);
    expect(response.headers.get('content-type'), what).toBe('application/problem+json');
    const body = (await response.json()) as Record<string, unknown>;
    expect(body, what).toMatchObject({ status, code, instance: path, type: 'about:blank' });
    expect(body.traceId, what).toBe(response.headers.get('x-request-id'));
    expect(JSON.stringify(body), what).not.toMatch(/node_modules|\.ts:/);
    if (status === 405) expect(response.headers.get('allow'), what).toBeTruthy();
  }
});

test('a field that is not known is named', async () => {
  const gateway = await startGateway();
  const response = await gateway.post('/auth/register', newPerson({ isAdmin: true }));
  expect(await response.json()).toMatchObject({ errors: [{ path: 'isAdmin', message: 'is not a known field' }] });
});

test('a sane X-Request-Id is kept, another one is replaced, and a traceparent is honored', async () => {
  const gateway = await startGateway();
  const idOf = async (headers: Record<string, string>) =>
    (await gateway.get('/health/live', headers)).headers.get('x-request-id');
  expect(await idOf({ 'X-Request-Id': 'abc-1' })).toBe('abc-1');
  expect(await idOf({ 'X-Request-Id': '<script>' })).toMatch(/^[\da-f]{32}$/);
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
  expect(await idOf({ traceparent: `00-${trace}-00f067aa0ba902b7-01` })).toBe(trace);
});

test('what is not HTTP is answered as a problem too', async () => {
  const gateway = await startGateway();
  const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
  socket.end('NONSENSE\r\n\r\n');
  let answer = '';
  for await (const part of socket) answer += String(part);
  expect(answer).toMatch(/^HTTP\/1.1 400 /);
  expect(answer).toContain('"code":"MALFORMED_REQUEST"');
});

test('other origins are let in only if they are named', async () => {
  const gateway = await startGateway({ CORS_ORIGINS: 'https://shop.example' });
  const from = async (origin: string) =>
    (await gateway.get('/health/live', { Origin: origin })).headers.get('access-control-allow-origin');
  expect(await from('https://shop.example')).toBe('https://shop.example');
  expect(await from('https://evil.example')).toBeNull();
});

function post(body: string | undefined, headers: Record<string, string> = JSON_TYPE): RequestInit {
  return { method: 'POST', ...(body !== undefined && { body }), headers };
}
