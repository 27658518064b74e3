import { z } from 'zod';
import type { StripeBooks } from './world.ts';

const Metadata = z.record(z.string(), z.string());

const Books = z.object({
  paymentIntents: z.array(
    z.object({
      id: z.string(),
      status: z.string(),
      amount: z.int(),
      amount_received: z.int(),
      currency: z.string(),
      metadata: Metadata,
      latest_charge: z.string().nullable(),
    }),
  ),
  charges: z.array(z.object({ id: z.string(), created: z.int() })),
  refunds: z.array(
    z.object({
      id: z.string(),
      payment_intent: z.string(),
      amount: z.int(),
      currency: z.string(),
      status: z.string(),
    }),
  ),
});

const Events = z.object({
  items: z.array(
    z.object({
      event: z.object({
        id: z.string(),
        type: z.string(),
        data: z.object({
          object: z.looseObject({ metadata: Metadata.optional(), payment_intent: z.string().nullish() }),
        }),
      }),
      pending: z.int(),
      delivered: z.int(),
      abandoned: z.int(),
    }),
  ),
});

/** Stripe's own books, asked of Stripe. */
export async function readStripe(url: string): Promise<StripeBooks> {
  const { paymentIntents, charges, refunds } = Books.parse(await get(`${url}/_local/books`));
  const { items } = Events.parse(await get(`${url}/_local/events`));
  const chargedAt = new Map(charges.map(({ id, created }) => [id, created * 1_000]));
  const orderOf = new Map(paymentIntents.map(({ id, metadata }) => [id, metadata.order_id]));
  return {
    intents: paymentIntents.map((intent) => ({
      id: intent.id,
      status: intent.status,
      amount: intent.amount,
      amountReceived: intent.amount_received,
      currency: intent.currency,
      orderId: intent.metadata.order_id,
      chargedAt: chargedAt.get(intent.latest_charge ?? ''),
    })),
    refunds: refunds.map(({ payment_intent: intentId, ...refund }) => ({ ...refund, intentId })),
    events: items.map(({ event, pending, delivered, abandoned }) => ({
      id: event.id,
      type: event.type,
      // What is made by hand says only which payment it belongs to.
      orderId: event.data.object.metadata?.order_id ?? orderOf.get(event.data.object.payment_intent ?? ''),
      delivered,
      undelivered: pending + abandoned,
    })),
  };
}

async function get(url: string): Promise<unknown> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return response.json();
}
