import { freePorts } from '@ticketing/testing/local-server/free-ports';
import { recordLog } from '@ticketing/testing/recorded-log';
import { startTcpProxy } from '@ticketing/testing/tcp-proxy';
import { expect, test } from 'vitest';
import { freshDatabase, newPerson, PASSWORD, startGateway, type Gateway } from './gateway.ts';
import { startUpstream } from './upstream.ts';

/** A gateway whose services and database fail as the address asks for, and what it has logged. */
async function openBroken() {
  const { lines, log } = recordLog('gateway');
  const [nobody] = await freePorts(1);
  const events = await startUpstream('events', (request, response) => {
    const own = { 'X-Request-Id': request.headers['x-request-id'] };
    if (request.url?.startsWith('/events/hangs-up')) response.destroy();
    else if (request.url === '/events/own') response.writeHead(503, own).end();
    else response.writeHead(502, { 'X-Request-Id': 'of-a-proxy-in-between' }).end('<html>Bad Gateway</html>');
  });
  const database = await freshDatabase();
  const proxy = await startTcpProxy(database.urls.gateway);
  const gateway = await startGateway(
    { EVENTS_SERVICE_URL: events.url, ORDERS_SERVICE_URL: `http://127.0.0.1:${nobody}`, DATABASE_URL: proxy.url },
    { database, log },
  );
  return { lines, gateway, proxy };
}

/** What fails, as which status on which route. */
const ways: Record<string, [call: (gateway: Gateway, id: string) => Promise<Response>, status: number, route: string]> =
  {
    'a service that is away': [get('/orders/1'), 503, '/orders'],
    'a service that hangs up': [get('/events/hangs-up'), 503, '/events'],
    'a webhook while its service is away': [post('/orders/webhook'), 503, '/orders'],
    'a ticket while its service is away': [post('/tickets/a-code-of-a-ticket/check-in'), 503, '/tickets'],
    'what answers in place of a service': [get('/events/1'), 502, '/events'],
    'the database, on signing up': [post('/auth/register', newPerson()), 503, '/auth/register'],
    'the database, on signing in': [
      post('/auth/login', { email: 'nobody@example.com', password: PASSWORD }),
      503,
      '/auth/login',
    ],
    'the health of all': [get('/health'), 503, '/health'],
    'its own health': [get('/health/ready'), 503, '/health/ready'],
  };

function get(path: string) {
  return (gateway: Gateway, id: string) => gateway.get(`${path}?q=what-people-typed`, { 'X-Request-Id': id });
}

function post(path: string, body: object = {}) {
  return (gateway: Gateway, id: string) => gateway.post(path, body, { 'X-Request-Id': id });
}

test('every 5xx is in the log, with its ids, its route and the reason', async () => {
  const { lines, gateway, proxy } = await openBroken();
  expect((await gateway.get('/health/ready')).status).toBe(200);
  proxy.cut();
  try {
    for (const [what, [call, status, route]] of Object.entries(ways)) {
      lines.splice(0);
      const id = what.replaceAll(/\W/g, '-');
      expect([what, (await call(gateway, id)).status]).toEqual([what, status]);
      const answered = lines.filter(({ requestId }) => requestId !== undefined);
      expect([what, answered]).toEqual([
        what,
        [
          expect.objectContaining({
            ...{ requestId: id, status, route },
            level: expect.stringMatching(/^(warn|error)$/) as string,
            msg: expect.stringMatching(/\w{4}/) as string,
            traceId: expect.stringMatching(/^[\da-f]{32}$/) as string,
          }),
        ],
      ]);
      expect(JSON.stringify(lines)).not.toMatch(/a-code-of-a-ticket|what-people-typed/);
    }
  } finally {
    await proxy.close();
  }
});

test('a 5xx that a service has logged itself is not logged again', async () => {
  const { lines, gateway, proxy } = await openBroken();
  expect((await gateway.get('/events/own', { 'X-Request-Id': 'known' })).status).toBe(503);
  expect(lines.filter(({ requestId }) => requestId !== undefined)).toEqual([]);
  await proxy.close();
});
