import { Order } from '@ticketing/types/order';
import { waitUntil } from '@ticketing/testing/wait-until';
import { readAccessLog } from './access-log.ts';
import { expectEqual } from './expect.ts';
import type { Stack } from './stack.ts';

/** One ticket, from the catalogue to its code, and its price through Kafka. */
export async function checkPurchase({ check, compose, shop }: Stack): Promise<void> {
  await check('a ticket is bought over HTTPS, and the webhook that pays it comes through Traefik', async () => {
    const sample = await shop.seed();
    const token = await shop.signIn();
    const before = await shop.availability(sample);
    const held = await shop.hold(token, sample);
    expectEqual('POST /orders', held.status, 201);
    const { id } = Order.parse(held.body);
    await shop.pay(token, id);
    const tickets = await shop.untilPaid(token, id);
    expectEqual(
      'tickets',
      tickets.map(({ status }) => status),
      ['valid'],
    );
    const after = await shop.availability(sample);
    expectEqual('sold', after.sold, before.sold + 1);
    await waitUntil('Traefik to log the webhook', async () =>
      (await readAccessLog(compose)).some(
        (line) => line.RouterName === 'webhook@file' && line.DownstreamStatus === 200,
      ),
    );
  });
  await check('what Stripe reported went through Kafka', async () => {
    const script = "fetch('http://127.0.0.1:9003/metrics').then((r) => r.text()).then((t) => console.log(t))";
    const metrics = await compose.run('exec', '--no-TTY', 'payment-worker', 'node', '-e', script);
    const settled = Number(/^payment_messages_total\{[^}]*verdict="settled"[^}]*\} (\d+)/m.exec(metrics)?.[1] ?? 0);
    if (settled < 1) throw new Error('The worker has settled nothing.');
  });
}
