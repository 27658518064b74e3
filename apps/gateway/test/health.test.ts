import { expect, test } from 'vitest';
import { ConfigError, readConfig } from '@ticketing/service-kit/config';
import { Config } from '../src/config.ts';
import { startGateway } from './gateway.ts';
import { startUpstream } from './upstream.ts';

test('health says of every service whether it answers', async () => {
  const events = await startUpstream('events');
  const orders = await startUpstream('orders');
  const gateway = await startGateway({ EVENTS_SERVICE_URL: events.url, ORDERS_SERVICE_URL: orders.url });
  const well = await gateway.get('/health');
  expect(well.status).toBe(200);
  expect(await well.json()).toEqual({ status: 'ok', services: { gateway: 'ok', events: 'ok', orders: 'ok' } });
  expect(events.requests.map(({ url }) => url)).toEqual(['/health/ready']);

  await orders.close();
  const ill = await gateway.get('/health');
  expect(ill.status).toBe(503);
  expect(await ill.json()).toEqual({ status: 'down', services: { gateway: 'ok', events: 'ok', orders: 'down' } });
  expect((await gateway.get('/health/ready')).status).toBe(200);
});

test('a service that is not ready, or does not answer in time, is down; the worker is asked where there is one', async () => {
  const events = await startUpstream('events', (_request, response) => {
    response.statusCode = 503;
    response.end();
  });
  const orders = await startUpstream('orders', () => undefined);
  const worker = await startUpstream('worker');
  const gateway = await startGateway({
    EVENTS_SERVICE_URL: events.url,
    ORDERS_SERVICE_URL: orders.url,
    WORKER_URL: worker.url,
  });
  const response = await gateway.get('/health');
  expect(await response.json()).toEqual({
    status: 'down',
    services: { gateway: 'ok', events: 'down', orders: 'down', worker: 'ok' },
  });
});

test('health checks that come at once are one', async () => {
  const events = await startUpstream('events');
  const orders = await startUpstream('orders');
  const gateway = await startGateway({ EVENTS_SERVICE_URL: events.url, ORDERS_SERVICE_URL: orders.url });
  await Promise.all(Array.from({ length: 30 }, () => gateway.get('/health')));
  expect(events.requests.length).toBeLessThan(15);
});

test('wrong settings are all named at once, and no secret is shown', () => {
  const env = { JWT_SECRET: 'too-short', PORT: 'x', EVENTS_SERVICE_URL: 'events:3001', DATABASE_URL: 'mysql://x' };
  try {
    readConfig(Config, env);
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    const { message } = error as Error;
    for (const name of Object.keys(env)) expect(message).toContain(name);
    expect(message).not.toContain('too-short');
  }
});
