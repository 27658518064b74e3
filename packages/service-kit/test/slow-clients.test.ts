import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { listen, type ListeningServer } from '../src/http-server.ts';

/** Much shorter than in service, and in the same order. */
const BOUNDS = { headersMs: 100, requestMs: 300, idleMs: 400, keepAliveMs: 400, lingerMs: 100, checkEveryMs: 20 };
const WITHIN_MS = 5_000;

let server: ListeningServer;
const clients: Socket[] = [];

beforeEach(async () => {
  server = await listen(
    (request, response) => {
      if (request.url === '/much') response.end(Buffer.alloc(50_000_000));
      else request.resume().on('end', () => response.end('read'));
    },
    { host: '127.0.0.1', port: 0, bounds: BOUNDS },
  );
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await server.close();
});

/** A client that never closes its side. */
function open(bytes = ''): Socket {
  const { hostname, port } = new URL(server.url);
  const client = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  client.on('error', () => undefined);
  client.write(bytes);
  clients.push(client);
  return client;
}

const connections = () =>
  new Promise<number>((resolve, reject) => {
    server.server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
  });

const allGone = () => vi.waitFor(async () => expect(await connections()).toBe(0), { timeout: WITHIN_MS, interval: 20 });

test('headers that do not come in time end the connection, with 408, also where the client keeps it open', async () => {
  const slow = ['GET / HTTP/1.1\r\n', 'GET / HTTP/1.1\r\nHost: a\r\nX-One: 1\r\n'].map(open);
  const answers = await Promise.all(slow.map((client) => text(client)));
  for (const answer of answers) {
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toContain('"code":"MALFORMED_REQUEST"');
  }
  await allGone();
});

test('a client that sends a byte now and then has no more time than one that sends nothing', async () => {
  const client = open('GET / HTTP/1.1\r\n');
  const drip = setInterval(() => client.write('X: 1\r\n'), 20);
  try {
    expect(await text(client)).toMatch(/^HTTP\/1\.1 408 /);
  } finally {
    clearInterval(drip);
  }
  await allGone();
});

test('a connection on which nothing is ever sent ends', async () => {
  const clients = Array.from({ length: 20 }, () => open());
  clients.forEach((client) => client.resume());
  await vi.waitFor(async () => expect(await connections()).toBe(20));
  await allGone();
});

test('a body that does not come in time ends the connection, whether its length was told or not', async () => {
  const slow = [
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc',
    'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n',
  ].map(open);
  for (const client of slow) expect(await text(client)).toMatch(/^HTTP\/1\.1 408 /);
  await allGone();
});

test('a client that does not read its answer is cut off', async () => {
  const client = open('GET /much HTTP/1.1\r\nHost: a\r\n\r\n');
  client.pause();
  await vi.waitFor(async () => expect(await connections()).toBe(1));
  await allGone();
});

test('what is not HTTP is answered and ended, also where the client keeps it open', async () => {
  const client = open('nonsense\r\n\r\n');
  expect(await text(client)).toMatch(/^HTTP\/1\.1 400 /);
  await allGone();
});

test('slow clients keep nobody else waiting', async () => {
  Array.from({ length: 200 }, () => open('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n').resume());
  await vi.waitFor(async () => expect(await connections()).toBe(200));
  expect(await (await fetch(server.url)).text()).toBe('read');
});
