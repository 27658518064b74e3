import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Told } from '../history.ts';
import type { Random } from '../random.ts';
import type { Answer } from './http.ts';
import { STRIPE_KEY, tokenFor, type Place } from './place.ts';

export interface Hold {
  orderId: string;
  eventId: string;
  status: string;
  /** Minor units. */
  total: number;
  currency: string;
  heldAtMs: number;
}

/** What one person can do at the shop and at Stripe, each request written down. */
export interface Buyer {
  id: string;
  name: string;
  random: Random;
  place: Place;
  /** With a key it is tried again, as often as a person would, when no clear answer comes. */
  hold: (lines: { ticketTypeId: string; quantity: number }[], eventId: string) => Promise<Hold | undefined>;
  /** Returns the payment intent. */
  startPayment: (orderId: string) => Promise<string | undefined>;
  /** Whether the payment succeeded, or, of a debit, is under way. */
  pay: (orderId: string, intentId: string, card?: 'visa' | 'declined' | 'sepaDebit') => Promise<boolean>;
  /** What the bank says in the end of a debit: whether the payment succeeded. */
  awaitDebit: (orderId: string, intentId: string, isGood: boolean) => Promise<boolean>;
  cancel: (orderId: string) => Promise<Answer>;
  readOrder: (orderId: string) => Promise<string | undefined>;
  readTickets: (orderId: string) => Promise<string[]>;
  /** Makes an intent at Stripe past the shop. */
  foreignIntent: (orderId: string, amount: number, about: string) => Promise<string | undefined>;
  /** Waits between the two bounds, in ms; less when the on-sale ends. */
  dawdle: (minMs: number, maxMs: number) => Promise<void>;
}

/** People give up after so many tries. */
const TRIES = 5;

export function createBuyer(place: Place, name: string): Buyer {
  const random = place.random.fork(name);
  const id = uuid(random);
  const email = `${name}@example.com`;
  const token = tokenFor(place, { id, email });
  const { http, url, stripeUrl, signal } = place;
  const who = { who: name, buyerId: id };
  const dawdle = (minMs: number, maxMs: number) =>
    wait(random.between(minMs, maxMs), undefined, { signal }).catch(() => undefined);
  const ofOrder = ({ body }: Answer): Partial<Told> => {
    const payment = body.payment as { intentId?: string } | null | undefined;
    return { orderStatus: text(body.status), intentId: payment?.intentId };
  };
  const untilAnswered = async (send: () => Promise<Answer>): Promise<Answer> => {
    for (let attempt = 1; ; attempt++) {
      const answer = await send();
      const isUnclear = answer.status === 0 || answer.status === 429 || answer.status >= 500;
      if (!isUnclear || attempt === TRIES || signal.aborted) return answer;
      await dawdle(100, 400 * attempt);
    }
  };

  return {
    id,
    name,
    random,
    place,
    dawdle,
    hold: async (lines, eventId) => {
      // Some want their tickets sent to someone else.
      const address = random.chance(0.1) ? `friend-of-${email}` : undefined;
      const key = random.chance(0.9) ? `${name}-${random.between(1, 2 ** 31)}` : undefined;
      const send = (wanted = lines) =>
        http.send(
          { url: `${url}/orders`, token, key, body: { eventId, lines: wanted, ...(address && { email: address }) } },
          { ...who, deed: 'hold', key, lines: wanted, eventId, email: address ?? email },
          ({ body, isReplay, status }) =>
            status === 200 || status === 201
              ? { orderId: text(body.id), orderStatus: text(body.status), total: Number(body.total), isReplay }
              : {},
        );
      const heldAtMs = Date.now();
      // Without a key a second try could be a second order.
      const answer = await (key === undefined ? send() : untilAnswered(send));
      const { id: orderId, status, total, currency } = answer.body;
      if ((answer.status !== 200 && answer.status !== 201) || typeof orderId !== 'string') return undefined;
      if (key !== undefined && random.chance(0.1)) await send();
      if (key !== undefined && random.chance(0.02)) {
        await send(lines.map((line) => ({ ...line, quantity: line.quantity + 1 })));
      }
      return { orderId, eventId, status: String(status), total: Number(total), currency: String(currency), heldAtMs };
    },
    startPayment: async (orderId) => {
      const { status, body } = await untilAnswered(() =>
        http.send(
          { method: 'POST', url: `${url}/orders/${orderId}/payment`, token },
          { ...who, deed: 'start-payment', orderId },
          ofOrder,
        ),
      );
      const payment = body.payment as { intentId?: string } | null | undefined;
      return status === 200 ? payment?.intentId : undefined;
    },
    pay: async (orderId, intentId, card = 'visa') => {
      const { body } = await http.send(
        { url: `${stripeUrl}/_local/pay/${intentId}`, body: { card } },
        { ...who, deed: 'pay', orderId, intentId },
        (answer) => ({ intentStatus: text(answer.body.status) }),
      );
      return body.status === (card === 'sepaDebit' ? 'processing' : 'succeeded');
    },
    awaitDebit: async (orderId, intentId, isGood) => {
      const { body } = await http.send(
        { url: `${stripeUrl}/_local/processing/${intentId}`, body: { outcome: isGood ? 'succeeded' : 'failed' } },
        { ...who, deed: 'finish-debit', orderId, intentId },
        (answer) => ({ intentStatus: text(answer.body.status) }),
      );
      return body.status === 'succeeded';
    },
    cancel: (orderId) =>
      http.send(
        { method: 'POST', url: `${url}/orders/${orderId}/cancel`, token },
        { ...who, deed: 'cancel-order', orderId },
        ofOrder,
      ),
    readOrder: async (orderId) => {
      const { status, body } = await http.send(
        { url: `${url}/orders/${orderId}`, token },
        { ...who, deed: 'read-order', orderId },
        ofOrder,
      );
      return status === 200 ? text(body.status) : undefined;
    },
    readTickets: async (orderId) => {
      const read = (answer: Answer) => (answer.status === 200 ? ticketsOf(answer) : undefined);
      const answer = await http.send(
        { url: `${url}/orders/${orderId}/tickets`, token },
        { ...who, deed: 'read-tickets', orderId },
        (given) => ({ tickets: read(given) }),
      );
      return (read(answer) ?? []).filter(({ status }) => status === 'valid').map(({ code }) => code);
    },
    foreignIntent: async (orderId, amount, about) => {
      const { body } = await http.send(
        {
          url: `${stripeUrl}/v1/payment_intents`,
          token: STRIPE_KEY,
          form: { amount: String(amount), currency: 'eur', 'metadata[order_id]': orderId },
        },
        { ...who, deed: 'foreign-intent', orderId, about, total: amount },
        (answer) => ({ intentId: text(answer.body.id) }),
      );
      return text(body.id);
    },
  };
}

function ticketsOf({ body }: Answer): { code: string; status: string }[] {
  const items = (body.items ?? []) as { code?: unknown; status?: unknown }[];
  return items.map(({ code, status }) => ({ code: String(code), status: String(status) }));
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** A UUID drawn from the seed, so that a run's history can be laid beside another's. */
function uuid(random: Random): string {
  const hex = Array.from({ length: 32 }, () => random.between(0, 15).toString(16)).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/** An order that nobody has, with an id such as orders have: UUIDv7 begins with the time (RFC 9562, section 5.7). */
export function noOrder(): string {
  const time = Date.now().toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}
