import type { ServerResponse } from 'node:http';
import pg from 'pg';
import { expect, inject, test } from 'vitest';
import { startTcpProxy } from '@ticketing/testing/tcp-proxy';
import { newPerson, PASSWORD, startGateway, freshDatabase, type Gateway } from './gateway.ts';
import { startUpstream } from './upstream.ts';

test('while the database cannot be reached, calls are 503; afterwards all is well, with nothing restarted', async () => {
  const database = await freshDatabase();
  const proxy = await startTcpProxy(database.urls.gateway);
  try {
    const gateway = await startGateway({ DATABASE_URL: proxy.url }, { database });
    const session = await gateway.register();
    proxy.cut();
    for (const [name, call] of Object.entries(callsThatNeedTheDatabase(gateway, session))) {
      const response = await call();
      expect(response.status, name).toBe(503);
      expect(response.headers.get('retry-after'), name).toBe('2');
      expect(response.headers.get('content-type'), name).toBe('application/problem+json');
      expect(await response.json(), name).toMatchObject({ code: 'UNAVAILABLE' });
    }
    expect((await gateway.get('/health/ready')).status).toBe(503);
    expect((await gateway.get('/health/live')).status).toBe(200);
    expect(await (await gateway.get('/health')).json()).toMatchObject({ services: { gateway: 'down' } });
    proxy.restore();
    for (const [name, call] of Object.entries(callsThatNeedTheDatabase(gateway, session))) {
      expect((await call()).ok, name).toBe(true);
    }
    expect((await gateway.get('/health/ready')).status).toBe(200);
  } finally {
    await proxy.close();
  }
});

test('connections that the server ends are replaced', async () => {
  const gateway = await startGateway();
  const { accessToken } = await gateway.register();
  const admin = new pg.Client({ connectionString: inject('postgresUrl') });
  await admin.connect();
  try {
    const calls = Array.from({ length: 20 }, () => gateway.get('/auth/me', { Authorization: `Bearer ${accessToken}` }));
    const { pathname } = new URL(gateway.database.adminUrl);
    await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [pathname.slice(1)]);
    const statuses = (await Promise.all(calls)).map(({ status }) => status);
    expect(statuses.filter((status) => status !== 200 && status !== 503)).toEqual([]);
  } finally {
    await admin.end();
  }
  await expect.poll(() => gateway.get('/health/ready').then(({ status }) => status)).toBe(200);
  const me = await gateway.get('/auth/me', { Authorization: `Bearer ${accessToken}` });
  expect(me.status).toBe(200);
});

test('the gateway starts without a database and works once there is one', async () => {
  const database = await freshDatabase();
  const proxy = await startTcpProxy(database.urls.gateway);
  proxy.cut();
  try {
    const gateway = await startGateway({ DATABASE_URL: proxy.url }, { database });
    expect((await gateway.post('/auth/register', newPerson())).status).toBe(503);
    proxy.restore();
    await gateway.register();
  } finally {
    await proxy.close();
  }
});

test('closing lets requests under way finish, and takes no more', async () => {
  const waiting: ServerResponse[] = [];
  const events = await startUpstream('events', (_request, response) => void waiting.push(response));
  const gateway = await startGateway({ EVENTS_SERVICE_URL: events.url });
  const calls = Array.from({ length: 8 }, () => gateway.get('/events'));
  await expect.poll(() => waiting).toHaveLength(8);
  const closed = gateway.close();
  await expect.poll(() => gateway.get('/health/live').catch(() => 'refused')).toBe('refused');
  for (const response of waiting) response.end('done');
  const bodies = await Promise.all(calls.map((call) => call.then((response) => response.text())));
  expect(bodies).toEqual(Array<string>(8).fill('done'));
  await closed;
});

function callsThatNeedTheDatabase(
  gateway: Gateway,
  { user, accessToken, refreshToken }: Awaited<ReturnType<Gateway['register']>>,
): Record<string, () => Promise<Response>> {
  return {
    me: () => gateway.get('/auth/me', { Authorization: `Bearer ${accessToken}` }),
    login: () => gateway.post('/auth/login', { email: user.email, password: PASSWORD }),
    register: () => gateway.post('/auth/register', newPerson()),
    refresh: () => gateway.post('/auth/refresh', { refreshToken }),
    logout: () => gateway.post('/auth/logout', { refreshToken }),
  };
}
