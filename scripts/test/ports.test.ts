import { readFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { gatewayOrigin } from '../start/plan.ts';
import { freePorts, portProblems } from '../start/ports.ts';
import { asOrdinaryUser } from './ordinary-user.ts';

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
  expect(await portProblems({ events: port }, { metricsPorts: { worker: port } })).toEqual([
    `WORKER_METRICS_PORT and EVENTS_PORT are both ${port}: set one of them to another port.`,
  ]);
  expect(await portProblems({ gateway: port, events: port })).toEqual([
    `EVENTS_PORT and PORT are both ${port}: set one of them to another port.`,
  ]);
});

test('a port that is not for ordinary users is not said to be in use', async () => {
  const setting = await readFile('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8').catch(() => '1024');
  const isKept = Number(setting) > 1;
  const problems = await asOrdinaryUser([], () => portProblems({ gateway: 1, stripe: 1 + Number(setting) }));
  expect(problems).toEqual(
    isKept ? ['Port 1 is not allowed to this user: set one from 1024 on with PORT=<port>.'] : [],
  );
});

test.each([
  ['192.0.2.1', 'HOST is 192.0.2.1, which is not an address of this machine'],
  ['2001:db8::1', 'HOST is 2001:db8::1, which is not an address of this machine'],
  ['nowhere.invalid', 'HOST is nowhere.invalid, and there is no host of that name'],
])('an address to listen on that is not of this machine is named: %s', async (host, said) => {
  const [gateway = 0, events = 0] = await freePorts(2);
  expect(await portProblems({ gateway, events }, { host })).toEqual([expect.stringContaining(said)]);
});

test.each([
  [undefined, 'http://127.0.0.1:3000'],
  ['0.0.0.0', 'http://127.0.0.1:3000'],
  ['::', 'http://127.0.0.1:3000'],
  ['::1', 'http://[::1]:3000'],
  ['192.0.2.7', 'http://192.0.2.7:3000'],
])('the gateway that listens on %s is called at %s', (host, url) => {
  expect(gatewayOrigin(3000, host)).toBe(url);
});
