import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '@ticketing/service-kit/config';
import { signAccessToken } from '@ticketing/service-kit/access-token';
import { openPool } from '@ticketing/service-kit/postgres';
import { silentLog, type Logger } from '@ticketing/service-kit/log';
import { startLocalStripe, type LocalStripeOptions } from '@ticketing/testing/local-stripe';
import { openAdminPool } from '@ticketing/testing/admin-pool';
import { insertEvent, type NewEvent, type NewTicketType } from '@ticketing/testing/catalogue';
import { findFaults } from '@ticketing/testing/invariants';
import type { RunningService } from '@ticketing/service-kit/run-service';
import { createDatabase } from '@ticketing/testing/postgres';
import { startTcpProxy } from '@ticketing/testing/tcp-proxy';
import type { Availability, Order } from '@ticketing/types/order';
import type { Ticket } from '@ticketing/types/ticket';
import { v7 as uuidv7 } from 'uuid';
import { inject } from 'vitest';
import { OrdersConfig } from '../src/config.ts';
import { startService } from '../src/service.ts';

const JWT_SECRET = 'a-secret-of-the-tests-with-32-characters';
export const WEBHOOK_SECRET = 'whsec_of_the_tests_only';

export interface Answer<Body> {
  status: number;
  headers: Headers;
  body: Body;
}

interface CallOptions {
  token?: string;
  body?: unknown;
  headers?: Record<string, string>;
  /** Another replica's URL. */
  at?: string;
}

/** What a problem adds to the fields that a test looks for in an answer. */
export interface Refusal {
  code?: string;
  errors?: { path: string; message: string }[];
  orderStatus?: string;
}

export type Shop = Awaited<ReturnType<typeof openShop>>;

/** orders-service as it runs, on a database of its own, with a local Stripe. Closing it checks the books. */
export async function openShop(
  settings: Record<string, string> = {},
  log: Logger = silentLog,
  stripeOptions: Partial<LocalStripeOptions> = {},
) {
  const database = await createDatabase(inject('postgresUrl'));
  const proxy = await startTcpProxy(database.urls.orders);
  const admin = openAdminPool(database.adminUrl);
  const pool = openPool({ url: database.urls.orders, schema: 'orders', size: 2, applicationName: 'orders-test' });
  const stripe = await startLocalStripe({ webhookSecret: WEBHOOK_SECRET, ...stripeOptions });
  const mailDirectory = await mkdtemp(join(tmpdir(), 'ticketing-mail-'));
  const config = readConfig(OrdersConfig, {
    NODE_ENV: 'test',
    HOST: '127.0.0.1',
    PORT: '0',
    METRICS_PORT: '0',
    JWT_SECRET,
    DATABASE_URL: proxy.url,
    STRIPE_SECRET_KEY: 'sk_test_local',
    STRIPE_WEBHOOK_SECRET: WEBHOOK_SECRET,
    STRIPE_API_BASE: stripe.url,
    STRIPE_MAX_RPS: '1000',
    MAIL_DIRECTORY: mailDirectory,
    ...settings,
  });
  const service = await startService(config, log);
  const replicas: RunningService[] = [];
  stripe.changeDelivery({ webhookUrl: `${service.url}/orders/webhook` });

  async function call<Body>(
    method: string,
    path: string,
    { token, body, headers, at = service.url }: CallOptions = {},
  ): Promise<Answer<Body>> {
    const response = await fetch(`${at}${path}`, {
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json');
    return { status: response.status, headers: response.headers, body: (isJson ? JSON.parse(text) : text) as Body };
  }

  return {
    url: service.url,
    stripe,
    admin,
    /** The service's own way to the database, past the proxy. */
    pool,
    /** Another process' worth of the same service on the same database; closed with the shop. */
    startReplica: async () => {
      const replica = await startService(config, silentLog);
      replicas.push(replica);
      return replica.url;
    },
    /** What the service reaches its database through. */
    proxy,
    call,
    /** A user's access token; a new user if none is given. */
    token: (role: 'customer' | 'organizer' | 'admin' = 'customer', id: string = uuidv7()) =>
      signAccessToken({ current: JWT_SECRET }, { id, role, email: `${role}-${id}@example.com` }),
    createEvent: (ticketTypes: NewTicketType[] = [{}], event: Partial<NewEvent> = {}) =>
      insertEvent(admin, ticketTypes, event),
    hold: (token: string, eventId: string, lines: [string, number][], headers: Record<string, string> = {}) =>
      call<Order & Refusal>('POST', '/orders', {
        token,
        headers,
        body: { eventId, lines: lines.map(([ticketTypeId, quantity]) => ({ ticketTypeId, quantity })) },
      }),
    order: async (token: string, id: string) => (await call<Order>('GET', `/orders/${id}`, { token })).body,
    tickets: async (token: string, id: string) =>
      (await call<Ticket[]>('GET', `/orders/${id}/tickets`, { token })).body,
    startPayment: (token: string, id: string) => call<Order & Refusal>('POST', `/orders/${id}/payment`, { token }),
    availability: async (eventId: string) =>
      (await call<Availability>('GET', `/events/${eventId}/availability`)).body.ticketTypes,
    /** Ends the hold now instead of in a quarter of an hour. */
    expire: (orderId: string) => admin.query('update orders.orders set expires_at = now() where id = $1', [orderId]),
    cancelEvent: (eventId: string) =>
      admin.query(`update events.events set status = 'cancelled' where id = $1`, [eventId]),
    /** The mails that were sent, as they are on the wire. */
    mails: async () => {
      const files = (await readdir(mailDirectory)).filter((file) => file.endsWith('.eml'));
      return Promise.all(files.map((file) => readFile(join(mailDirectory, file), 'utf8')));
    },
    faults: () => findFaults(admin, stripe.books()),
    close: async () => {
      await Promise.all([service, ...replicas].map((each) => each.close()));
      await stripe.close();
      await proxy.close();
      await pool.end();
      await admin.end();
      await database.drop();
      await rm(mailDirectory, { recursive: true });
    },
  };
}
