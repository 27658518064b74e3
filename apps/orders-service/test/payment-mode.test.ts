import { readConfig } from '@ticketing/service-kit/config';
import { silentLog } from '@ticketing/service-kit/log';
import { openAdminPool } from '@ticketing/testing/admin-pool';
import { createDatabase, type TestDatabase } from '@ticketing/testing/postgres';
import { startTcpProxy } from '@ticketing/testing/tcp-proxy';
import { waitUntil } from '@ticketing/testing/wait-until';
import type pg from 'pg';
import { afterEach, beforeEach, expect, inject, onTestFinished, test } from 'vitest';
import { OrdersConfig } from '../src/config.ts';
import { startService } from '../src/service.ts';

let database: TestDatabase;
let admin: pg.Pool;
beforeEach(async () => {
  database = await createDatabase(inject('postgresUrl'));
  admin = openAdminPool(database.adminUrl);
});
afterEach(async () => {
  await admin.end();
  await database.drop();
});

async function startWith(key: string, url = database.urls.orders): Promise<string> {
  const config = readConfig(OrdersConfig, {
    NODE_ENV: 'test',
    HOST: '127.0.0.1',
    PORT: '0',
    METRICS_PORT: '0',
    JWT_SECRET: 'a secret of the tests, 32 characters or more',
    DATABASE_URL: url,
    STRIPE_SECRET_KEY: key,
    STRIPE_API_BASE: 'http://127.0.0.1:9',
    STRIPE_WEBHOOK_SECRET: 'whsec_of_the_tests_of_the_mode',
  });
  const service = await startService(config, silentLog);
  onTestFinished(service.close);
  return service.url;
}

const published = async () => (await admin.query<{ mode: string }>('select mode from orders.payment_mode')).rows;

test.each([
  ['sk_test_1', 'test'],
  ['rk_test_1', 'test'],
  ['sk_live_1', 'live'],
  ['rk_live_1', 'live'],
])('with the key %s, it publishes that payments are %s', async (key, mode) => {
  await startWith(key);
  expect(await published()).toEqual([{ mode }]);
});

test('the key that was started with last counts', async () => {
  await startWith('sk_test_1');
  await startWith('sk_live_1');
  expect(await published()).toEqual([{ mode: 'live' }]);
});

test('where the database is away at the start, it is not ready before it has published', async () => {
  const proxy = await startTcpProxy(database.urls.orders);
  onTestFinished(proxy.close);
  proxy.cut();
  const url = await startWith('sk_live_1', proxy.url);
  const isReady = async () => (await fetch(`${url}/health/ready`)).status === 200;
  expect(await isReady()).toBe(false);
  proxy.restore();
  await waitUntil('the service to be ready', isReady);
  expect(await published()).toEqual([{ mode: 'live' }]);
});
