import { Order } from '@ticketing/types/order';
import { waitUntil } from '@ticketing/testing/wait-until';
import { z } from 'zod';
import type { Compose } from './compose.ts';
import { expectEqual } from './expect.ts';
import type { Stack } from './stack.ts';

/** What Jaeger answers at /api/traces (https://www.jaegertracing.io/docs/latest/architecture/apis/). */
const Traces = z.object({
  data: z.array(
    z.object({
      spans: z.array(
        z.object({
          operationName: z.string(),
          processID: z.string(),
          tags: z.array(z.object({ key: z.string(), value: z.unknown() })),
        }),
      ),
      processes: z.record(z.string(), z.object({ serviceName: z.string() })),
    }),
  ),
});

/** What one purchase's payment passes through, from Stripe's webhook to the mail. */
const WAY = [
  'orders-service: POST /orders/webhook',
  'orders-service: send payment.succeeded',
  'payment-worker: process payment.succeeded',
  'payment-worker: job mail',
];

/** That one trace tells of all that happens to a payment. */
export async function checkTraces({ check, compose, shop }: Stack): Promise<void> {
  await check('Jaeger has one trace from Traefik through Kafka and the SQL to the mail', async () => {
    const sample = await shop.seed();
    const token = await shop.signIn();
    const held = await shop.hold(token, sample);
    expectEqual('POST /orders', held.status, 201);
    const { id } = Order.parse(held.body);
    await shop.pay(token, id);
    await shop.untilPaid(token, id);
    let spans: string[] = [];
    await waitUntil(
      'the trace of the payment to be in Jaeger',
      async () => {
        spans = await spansOf(compose, id);
        const isThroughTraefik = spans.some((span) => span.startsWith('traefik: '));
        const hasSql = spans.some((span) => span.startsWith('payment-worker: ') && span.includes('payment_events'));
        return isThroughTraefik && hasSql && WAY.every((step) => spans.includes(step));
      },
      { timeoutMs: 30_000, everyMs: 500 },
    ).catch((cause: unknown) => {
      throw new Error(`${(cause as Error).message}; there are:\n${spans.join('\n')}`, { cause });
    });
    return `${spans.length} spans`;
  });
}

/** Spans of the trace in which the tickets of an order were mailed: service, name, and SQL if there is any. */
async function spansOf(compose: Compose, orderId: string): Promise<string[]> {
  const query = new URLSearchParams({
    service: 'payment-worker',
    operation: 'job mail',
    tags: JSON.stringify({ 'ticketing.order_id': orderId }),
    lookback: '1h',
  });
  // Jaeger's port is not published; the gateway reaches it.
  const script = `fetch('http://jaeger:16686/api/traces?${query.toString()}').then((r) => r.text()).then(console.log)`;
  const answer = await compose.run('exec', '--no-TTY', 'gateway', 'node', '-e', script);
  const [trace] = Traces.parse(JSON.parse(answer)).data;
  return (trace?.spans ?? []).map(({ operationName, processID, tags }) => {
    const sql = tags.find(({ key }) => key === 'db.query.text' || key === 'db.statement')?.value;
    const service = trace?.processes[processID]?.serviceName ?? '?';
    return `${service}: ${operationName}${typeof sql === 'string' ? ` ${sql}` : ''}`;
  });
}
