import { Session } from '@ticketing/types/account';
import { Availability, Order } from '@ticketing/types/order';
import { Ticket } from '@ticketing/types/ticket';
import { present } from '@ticketing/service-kit/present';
import { waitUntil } from '@ticketing/testing/wait-until';
import { z } from 'zod';
import { call, type Answer } from '../run/http-call.ts';
import { DEMO_ACCOUNTS } from '../start/demo-data.ts';
import { seed, type Seeded } from '../start/seed.ts';

/** The shop as its buyers see it, through Traefik. */
export interface Shop {
  url: string;
  /** Waits until every service answers. */
  untilHealthy: () => Promise<void>;
  /** Makes the demo accounts and events, if they are not there. */
  seed: () => Promise<Seeded['sample']>;
  signIn: () => Promise<string>;
  hold: (token: string, sample: Seeded['sample']) => Promise<Answer>;
  /** Starts the payment and pays, as a browser would with Stripe's form. */
  pay: (token: string, orderId: string) => Promise<void>;
  order: (token: string, orderId: string) => Promise<Order>;
  untilPaid: (token: string, orderId: string) => Promise<Ticket[]>;
  availability: (sample: Seeded['sample']) => Promise<Availability['ticketTypes'][number]>;
}

/** Of the demo accounts, in a stack that goes away again. */
const PASSWORD = 'try-the-stack';

/** On a machine that has two cores for all of it, and just built it. */
const START_TIMEOUT_MS = 180_000;
/** A killed worker's partitions are free when its session is over. */
const PAID_TIMEOUT_MS = 60_000;

export function openShop(url: string): Shop {
  const order: Shop['order'] = async (token, id) => Order.parse((await call(`${url}/orders/${id}`, { token })).body);
  return {
    url,
    untilHealthy: async () => {
      await waitUntil('https://…/health to be ok', () => isHealthy(url), { timeoutMs: START_TIMEOUT_MS, everyMs: 500 });
    },
    seed: async () => (await seed(url, PASSWORD)).sample,
    signIn: async () => {
      const { email } = DEMO_ACCOUNTS.customer;
      return Session.parse((await call(`${url}/auth/login`, { body: { email, password: PASSWORD } })).body).accessToken;
    },
    hold: (token, { eventId, ticketTypeId }) =>
      call(`${url}/orders`, { token, body: { eventId, lines: [{ ticketTypeId, quantity: 1 }] } }),
    pay: async (token, id) => {
      const started = await call(`${url}/orders/${id}/payment`, { token, method: 'POST' });
      if (started.status >= 300) throw new Error(`Starting to pay: ${started.status} ${JSON.stringify(started.body)}`);
      const { intentId } = present(Order.parse(started.body).payment);
      const paid = await call(`${url}/_local/pay/${intentId}`, { method: 'POST' });
      if (paid.status !== 200) throw new Error(`Paying: ${paid.status} ${JSON.stringify(paid.body)}`);
    },
    order,
    untilPaid: async (token, id) => {
      const isPaid = async () => (await order(token, id).catch(() => undefined))?.status === 'paid';
      await waitUntil(`order ${id} to be paid`, isPaid, { timeoutMs: PAID_TIMEOUT_MS, everyMs: 200 });
      return z.array(Ticket).parse((await call(`${url}/orders/${id}/tickets`, { token })).body);
    },
    availability: async ({ eventId, ticketTypeId }) => {
      const { body } = await call(`${url}/events/${eventId}/availability`);
      return present(Availability.parse(body).ticketTypes.find((type) => type.ticketTypeId === ticketTypeId));
    },
  };
}

async function isHealthy(url: string): Promise<boolean> {
  const answer = await call(`${url}/health`).catch(() => undefined);
  return answer?.status === 200;
}
