import { present } from '@ticketing/service-kit/present';
import type { EffectRow, OrderRow, StripeRefund, World } from '../prove/checker/world.ts';
import type { Told } from '../prove/history.ts';

/** A change to a world in which all is well. */
export type Spoil = (world: World) => unknown;

/** The event that everything is about, and its ticket types. */
export const EVENT = 'event-1';
export const TYPE = 'type-1';
export const FREE_TYPE = 'type-free';

const EXPIRES_AT = 100_000;

export function told(given: Partial<Told> & Pick<Told, 'who' | 'deed' | 'status'>): Told {
  return { at: 0, tookMs: 1, ...given };
}

/** A line of an order, and of what was asked for. */
export function seats(quantity: number, ticketTypeId = TYPE): OrderRow['lines'] {
  return [{ ticketTypeId, quantity, unitPrice: ticketTypeId === FREE_TYPE ? 0 : 100 }];
}

/** An email; `id` is that of the effect that it comes from. */
export function mail(who: string, id: string, heading: string, orderId: string, ...text: string[]): Told {
  return told({
    ...{ who: `${who}@example.com`, deed: 'get-mail', status: 250, messageId: `${id}@shop.example` },
    ...{ subject: `${heading}: The Event`, text: [heading, ...text, `Order ${orderId}`].join('\n\n') },
  });
}

export function effect(id: string, kind: string, orderId: string, more: Partial<EffectRow> = {}): EffectRow {
  return {
    ...{ id, kind, orderId, mail: null, intentId: null, attempts: 1, createdAt: 1_000, doneAt: 2_000 },
    ...{ isDone: true, isParked: false, lastError: null, ...more },
  };
}

export function order(
  id: string,
  buyerId: string,
  status: string,
  total: number,
  more: Partial<OrderRow> = {},
): OrderRow {
  return {
    ...{
      id,
      buyerId,
      status,
      total,
      eventId: EVENT,
      email: `${buyerId}@example.com`,
      currency: 'EUR',
      paidIntentId: null,
      refundReason: null,
      key: null,
    },
    ...{ expiresAt: EXPIRES_AT, lines: seats(1), ...more },
  };
}

export function intent(
  id: string,
  status: string,
  amount: number,
  orderId: string,
): World['stripe']['intents'][number] {
  const isPaid = status === 'succeeded';
  return {
    ...{ id, status, amount, orderId, currency: 'eur' },
    amountReceived: isPaid ? amount : 0,
    chargedAt: isPaid ? EXPIRES_AT - 50_000 : undefined,
  };
}

/** A refund of ours here, and as Stripe has it: under `re_` and its id. */
export function refund(
  id: string,
  orderId: string,
  intentId: string,
  amount: number,
  reason: string,
): World['database']['refunds'][number] {
  return {
    ...{ id, orderId, intentId, amount, reason, stripeId: `re_${id}`, formerStripeIds: [], currency: 'EUR' },
    status: 'succeeded',
  };
}

export function stripeRefund(id: string, intentId: string, amount: number): StripeRefund {
  return { id: `re_${id}`, intentId, amount, currency: 'eur', status: 'succeeded' };
}

/** Adds a refund to both books. */
export function addRefund(world: World, row: World['database']['refunds'][number]): void {
  world.database.refunds.push(row);
  world.stripe.refunds.push(stripeRefund(row.id, row.intentId, row.amount));
}

export const orderOf = ({ database }: World, id: string): OrderRow =>
  present(database.orders.find((one) => one.id === id));
export const typeOf = ({ database }: World) => present(database.ticketTypes[0]);
export const ticketOf = ({ database }: World, code: string) =>
  present(database.tickets.find((one) => one.code === code));
export const effectOf = ({ database }: World, id: string) => present(database.outbox.find((one) => one.id === id));
export const mailOf = ({ history }: World, id: string) =>
  present(history.find(({ messageId }) => messageId === `${id}@shop.example`));
export const drop = (world: World, id: string) => {
  const gone = mailOf(world, id);
  world.history = world.history.filter((one) => one !== gone);
};
export const intentOf = ({ stripe }: World, id: string) => present(stripe.intents.find((one) => one.id === id));
