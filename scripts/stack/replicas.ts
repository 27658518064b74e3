import { randomUUID } from 'node:crypto';
import { waitUntil } from '@ticketing/testing/wait-until';
import { call } from '../run/http-call.ts';
import { readAccessLog } from './access-log.ts';
import { assertNoFailure, startLoad, type Load } from './load.ts';
import type { Stack } from './stack.ts';

const SCALE = ['--scale', 'orders-service=2', '--scale', 'events-service=2', '--scale', 'payment-worker=2'];
const HEALTHY_TIMEOUT_MS = 60_000;
/** Reads and holds that go on while something is stopped or killed. */
const CLIENTS = 8;
/** Answers that have to come before, and after. */
const WARM_UP = 200;

/** Two of each, and what happens to requests when one of two goes. */
export async function checkReplicas(stack: Stack): Promise<void> {
  const { check, compose, shop } = stack;
  await check('two replicas of each share the requests', async () => {
    await compose.show('up', '--detach', '--no-build', '--quiet-pull', ...SCALE);
    await waitUntil('both replicas of each to answer', () => isSpread(stack), {
      timeoutMs: HEALTHY_TIMEOUT_MS,
      everyMs: 500,
    });
  });

  await check('stopping a replica of orders-service under load fails no request, holds included', async () => {
    const load = await startTraffic(stack, true);
    const [name = ''] = await compose.containers('orders-service');
    await compose.docker('stop', name);
    return endTraffic(load);
  });
  await check('stopping a replica of events-service under load fails no request', async () => {
    const load = await startTraffic(stack, true);
    const [name = ''] = await compose.containers('events-service');
    await compose.docker('stop', name);
    return endTraffic(load);
  });
  await check('scaling up and down again under load fails no request', async () => {
    const load = await startTraffic(stack, true);
    await compose.run('up', '--detach', '--no-build', ...SCALE);
    await waitUntil('both replicas of each to answer', () => isSpread(stack), {
      timeoutMs: HEALTHY_TIMEOUT_MS,
      everyMs: 500,
    });
    await compose.run('up', '--detach', '--no-build', '--scale', 'orders-service=1', '--scale', 'events-service=1');
    await compose.run('up', '--detach', '--no-build', ...SCALE);
    await waitUntil('both replicas of each to answer', () => isSpread(stack), {
      timeoutMs: HEALTHY_TIMEOUT_MS,
      everyMs: 500,
    });
    return endTraffic(load);
  });
  // What was being written when its replica died is not sent again: its buyer tries again with the same Idempotency-Key.
  await check('killing a replica of orders-service under load fails no read', async () => {
    const load = await startTraffic(stack, false);
    const [name = ''] = await compose.containers('orders-service');
    await compose.docker('kill', name);
    return endTraffic(load);
  });
  await check('killing a replica of events-service under load fails no read', async () => {
    const load = await startTraffic(stack, false);
    const [name = ''] = await compose.containers('events-service');
    await compose.docker('kill', name);
    return endTraffic(load);
  });
  await check('after all that, no more is held and sold than there is', async () => {
    const { held, sold, capacity } = await shop.availability(await shop.seed());
    if (held + sold > capacity) throw new Error(`${held} held and ${sold} sold of ${capacity}`);
    return `${held} held, ${sold} sold of ${capacity}`;
  });
}

/** Whether each replica of the two services has answered one of some requests. */
async function isSpread({ compose, shop }: Stack): Promise<boolean> {
  const { eventId } = await shop.seed();
  const ids = new Set<string>();
  for (const path of ['', '/availability']) {
    for (let sent = 0; sent < 10; sent++) {
      const id = randomUUID();
      ids.add(id);
      await fetch(`${shop.url}/events/${eventId}${path}`, { headers: { 'x-request-id': id } });
    }
  }
  const lines = (await readAccessLog(compose)).filter((line) => ids.has(line['request_X-Request-Id'] ?? ''));
  const replicas = new Set(lines.map(({ RouterName, ServiceAddr }) => `${RouterName} ${ServiceAddr}`));
  return replicas.size === 4;
}

async function startTraffic({ shop }: Stack, withHolds: boolean): Promise<Load> {
  const { eventId, ticketTypeId } = await shop.seed();
  const token = await shop.signIn();
  let turn = 0;
  const send = async () => {
    turn++;
    if (withHolds && turn % 10 === 0) {
      const body = { eventId, lines: [{ ticketTypeId, quantity: 1 }] };
      const held = await call(`${shop.url}/orders`, { token, body });
      // Given back at once, so that there always is one left.
      if (held.status === 201) {
        await call(`${shop.url}/orders/${(held.body as { id: string }).id}/cancel`, { token, method: 'POST' });
      }
      return held.status;
    }
    return (await call(`${shop.url}/events/${eventId}${turn % 2 === 0 ? '' : '/availability'}`)).status;
  };
  const load = startLoad(CLIENTS, send, (status) => status === 200 || status === 201);
  await answers(load, WARM_UP);
  return load;
}

async function endTraffic(load: Load): Promise<string> {
  await answers(load, load.done() + WARM_UP);
  return assertNoFailure(await load.stop());
}

async function answers(load: Load, count: number): Promise<void> {
  await waitUntil(`${count} answers`, () => load.done() >= count, { timeoutMs: HEALTHY_TIMEOUT_MS });
}
