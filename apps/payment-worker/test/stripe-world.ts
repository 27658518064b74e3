import { recordIntent } from '@ticketing/order-core/payments';
import { settle } from '@ticketing/order-core/settle';
import { readReport } from '@ticketing/order-effects/stripe-events/report';
import type { World } from './worker.ts';

export interface Payment {
  orderId: string;
  intentId: string;
}

/** Makes an intent at Stripe, with what metadata is given. */
export async function makeIntent({ stripe }: World, metadata: Record<string, string>): Promise<string> {
  const response = await fetch(`${stripe.url}/v1/payment_intents`, {
    method: 'POST',
    headers: { authorization: 'Bearer sk_test_local', 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      ...{ amount: '2500', currency: 'eur' },
      ...Object.fromEntries(Object.entries(metadata).map(([name, value]) => [`metadata[${name}]`, value])),
    }),
  });
  const { id } = (await response.json()) as { id: string };
  return id;
}

/** Starts the payments of orders, as orders-service does. */
export function startPayments(world: World, orderIds: string[]): Promise<Payment[]> {
  return Promise.all(
    orderIds.map(async (orderId) => {
      const intentId = await makeIntent(world, { order_id: orderId });
      await recordIntent(world.db.pool, { orderId, intentId, clientSecret: null, accountId: null });
      return { orderId, intentId };
    }),
  );
}

/** Orders that were paid at Stripe; nobody was told. */
export async function payUnheard(
  world: World,
  event: Parameters<World['holds']>[0],
  count: number,
): Promise<Payment[]> {
  const payments = await startPayments(world, await world.holds(event, count));
  for (const { intentId } of payments) world.stripe.pay(intentId);
  return payments;
}

/** Settles every event that Stripe has, as its webhooks would. */
export async function hearAll({ stripe, db }: World): Promise<void> {
  const reports = stripe.events().map(({ event }) => readReport(event));
  const outcomes = reports.flatMap((report) => (report.kind === 'outcome' ? [report.outcome] : []));
  if (outcomes.length > 0) await settle(db.pool, outcomes);
}
