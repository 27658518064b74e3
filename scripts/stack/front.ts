import { randomUUID } from 'node:crypto';
import tls, { type SecureVersion } from 'node:tls';
import { lineOf } from './access-log.ts';
import { expectEqual } from './expect.ts';
import type { Stack } from './stack.ts';

const SOMETHING = '0190a5a5-0000-7000-8000-000000000000';
/** What each path comes to: who answers, and how, without a token. */
const ROUTES: [method: string, path: string, router: string, status: number][] = [
  ['GET', '/health', 'gateway', 200],
  ['GET', '/auth/me', 'gateway', 401],
  ['GET', '/docs', 'gateway', 200],
  ['GET', '/openapi.json', 'gateway', 200],
  ['GET', '/nowhere', 'gateway', 404],
  ['GET', '/metrics', 'gateway', 404],
  ['GET', '/events', 'events', 200],
  ['GET', `/events/${SOMETHING}`, 'events', 404],
  ['POST', `/events/${SOMETHING}/publish`, 'events', 401],
  ['GET', `/events/${SOMETHING}/availability`, 'availability', 404],
  ['GET', `/events/${SOMETHING}/availability/more`, 'events', 404],
  ['GET', '/orders', 'orders', 401],
  ['POST', `/orders/${SOMETHING}/payment`, 'orders', 401],
  ['POST', '/orders/webhook', 'webhook', 400],
  ['POST', `/tickets/${SOMETHING}/check-in`, 'tickets', 401],
  ['GET', '/_local/books', 'gateway', 404],
];
const PROBLEM = 'application/problem+json';

/** What Traefik does before a service sees anything. */
export async function checkFront(stack: Stack): Promise<void> {
  const { check, compose, shop, httpPort, httpsPort } = stack;
  await check('plain HTTP is sent to HTTPS, path and query kept', async () => {
    const answer = await fetch(`http://localhost:${httpPort}/events?q=jazz`, { redirect: 'manual' });
    expectEqual('status', answer.status, 301);
    expectEqual('location', answer.headers.get('location'), `https://localhost:${httpsPort}/events?q=jazz`);
  });
  await check('each path goes to the service that owns it', async () => {
    for (const [method, path, router, status] of ROUTES) {
      const id = randomUUID();
      const answer = await fetch(shop.url + path, { method, headers: { 'x-request-id': id } });
      expectEqual(`${method} ${path}`, answer.status, status);
      if (status >= 400) expectEqual(`${method} ${path}`, answer.headers.get('content-type')?.split(';')[0], PROBLEM);
      expectEqual(`router of ${method} ${path}`, (await lineOf(compose, id)).RouterName, `${router}@file`);
    }
  });
  await check('TLS 1.2 and 1.3 are spoken, nothing older', async () => {
    expectEqual('1.3', await handshake(httpsPort, 'TLSv1.3'), 'TLSv1.3');
    expectEqual('1.2', await handshake(httpsPort, 'TLSv1.2'), 'TLSv1.2');
    expectEqual('1.1', await handshake(httpsPort, 'TLSv1.1'), undefined);
    expectEqual('1.0', await handshake(httpsPort, 'TLSv1'), undefined);
  });
  await check('answers carry security headers, and JSON is compressed', async () => {
    const { headers } = await fetch(`${shop.url}/openapi.json`);
    const wanted = {
      'strict-transport-security': 'max-age=31536000',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      server: null,
      'x-powered-by': null,
    };
    for (const [name, value] of Object.entries(wanted)) expectEqual(name, headers.get(name), value);
    expectEqual('encoded', headers.get('content-encoding') !== null, true);
  });
  await check('bodies that are too large are refused', async () => {
    const send = async (path: string, bytes: number) => {
      const body = JSON.stringify({ text: 'x'.repeat(bytes) });
      return (await fetch(shop.url + path, { method: 'POST', body, headers: { 'content-type': 'application/json' } }))
        .status;
    };
    expectEqual('110 kB for /auth/login', await send('/auth/login', 110_000), 413);
    expectEqual('400 kB for /auth/login', await send('/auth/login', 400_000), 413);
    expectEqual('900 kB for the webhook', await send('/orders/webhook', 900_000), 400);
    expectEqual('1.1 MB for the webhook', await send('/orders/webhook', 1_100_000), 413);
  });
  await check('the access log is JSON and holds no secret', () => checkAccessLog(stack));
}

async function checkAccessLog({ compose, shop }: Stack): Promise<void> {
  const secrets = ['bearer', 'cookie', 'signature', 'query', 'code'].map((name) => `${name}-${randomUUID()}`);
  const [bearer, cookie, signature, query, code] = secrets;
  const id = randomUUID();
  await fetch(`${shop.url}/tickets/${code}/qr.svg?token=${query}`, {
    headers: {
      authorization: `Bearer ${bearer}`,
      cookie: `session=${cookie}`,
      'stripe-signature': `t=1,v1=${signature}`,
      'x-request-id': id,
    },
  });
  const line = JSON.stringify(await lineOf(compose, id));
  expectEqual(
    'in the log',
    secrets.filter((secret) => line.includes(secret)),
    [],
  );
}

/** The version that was agreed on, or undefined where there was none. */
function handshake(port: number, version: SecureVersion): Promise<string | null | undefined> {
  return new Promise((resolve) => {
    const socket = tls.connect(
      // What is as old as that is not offered by Node either unless it is told to.
      {
        host: 'localhost',
        port,
        servername: 'localhost',
        minVersion: version,
        maxVersion: version,
        ciphers: 'DEFAULT@SECLEVEL=0',
      },
      () => {
        resolve(socket.getProtocol());
        socket.destroy();
      },
    );
    socket.on('error', () => resolve(undefined));
  });
}
