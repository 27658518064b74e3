import { createServer, type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { freePorts, portProblems } from '../start/ports.ts';

test('free ports are all different', async () => {
  expect(new Set(await freePorts(20)).size).toBe(20);
});

test('a taken port is named with its variable, whatever address it was taken on', async () => {
  for (const host of ['127.0.0.1', '0.0.0.0', '::']) {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    const { port } = server.address() as AddressInfo;
    expect(await portProblems({ orders: port })).toEqual([
      `Port ${port} is in use: set another one with ORDERS_PORT=<port>.`,
    ]);
    await new Promise((resolve) => server.close(resolve));
    expect(await portProblems({ orders: port })).toEqual([]);
  }
});

test('two services on one port are refused, also with metrics', async () => {
  const [port = 0] = await freePorts(1);
  expect(await portProblems({ events: port }, { worker: port })).toEqual([
    `WORKER_METRICS_PORT and EVENTS_PORT are both ${port}.`,
  ]);
  expect(await portProblems({ gateway: port, events: port })).toEqual([`EVENTS_PORT and PORT are both ${port}.`]);
});
