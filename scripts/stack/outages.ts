import { Order } from '@ticketing/types/order';
import { waitUntil } from '@ticketing/testing/wait-until';
import { expectEqual } from './expect.ts';
import type { Stack } from './stack.ts';

/** Every container but the proxy that is asked, and the local Stripe, which is none of ours. */
const KILLED = [
  'payment-worker',
  'kafka',
  'cache-redis',
  'queue-redis',
  'events-service',
  'orders-service',
  'gateway',
  'postgres',
  'docker-socket-proxy',
  'jaeger',
  'traefik',
];

/** What dies in the middle of a purchase, and what is there after all was taken down. */
export async function checkOutages(stack: Stack): Promise<void> {
  const { check, compose, shop } = stack;
  for (const service of KILLED) {
    await check(`a purchase goes through when ${service} is killed in the middle of it`, async () => {
      const { token, id } = await hold(stack);
      await compose.run('kill', service);
      await Promise.all([
        compose.run('up', '--detach', '--no-build', '--no-recreate'),
        waitUntil(
          'the payment to be taken',
          () =>
            shop.pay(token, id).then(
              () => true,
              () => false,
            ),
          { timeoutMs: PAY_TIMEOUT_MS, everyMs: 500 },
        ),
      ]);
      expectEqual('tickets', (await shop.untilPaid(token, id)).length, 1);
    });
  }
  await check('data is kept over docker compose down and up', async () => {
    const { token, id } = await hold(stack);
    await shop.pay(token, id);
    const tickets = await shop.untilPaid(token, id);
    await compose.run('down');
    await compose.show('up', '--detach', '--no-build', '--quiet-pull');
    await shop.untilHealthy();
    expectEqual('tickets', await shop.untilPaid(await shop.signIn(), id), tickets);
  });
}

const PAY_TIMEOUT_MS = 60_000;

async function hold({ shop }: Stack): Promise<{ token: string; id: string }> {
  await shop.untilHealthy();
  const sample = await shop.seed();
  const token = await shop.signIn();
  const held = await shop.hold(token, sample);
  expectEqual('POST /orders', held.status, 201);
  return { token, id: Order.parse(held.body).id };
}
