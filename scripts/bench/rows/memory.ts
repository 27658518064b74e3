import { setTimeout as wait } from 'node:timers/promises';
import { waitUntil } from '@ticketing/testing/wait-until';
import type pg from 'pg';
import { holdRequests } from '../buyers.ts';
import { fillCatalogue, PRICE, type Sale } from '../catalogue.ts';
import { holdOrders } from '../held-orders.ts';
import { closedLoop, openLoop } from '../load.ts';
import { startService, WEBHOOK_SECRET, type Measured } from '../processes.ts';
import { residentMb } from '../resident.ts';
import type { Gauge, Gauges } from '../row.ts';
import type { Workbench } from '../workbench.ts';
import { named } from '../named.ts';

const IDLE_BELOW_MB = 120;
const LOADED_BELOW_MB = 250;
const IDLE_SECONDS = 10;
const SAMPLE_MS = 250;
const CONNECTIONS = 256;
const TICKET_TYPES = 60;
const TICKET_TYPES_PER_EVENT = 3;
/** Of ten requests, how many are holds; the others read an event. */
const HOLDS_OF_TEN = 2;
const WEBHOOKS_PER_SECOND = 500;
const SETTLED_TIMEOUT_MS = 60_000;

/** All four services at once, behind the gateway. */
export const memory: Gauges = {
  kind: 'gauges',
  ...named('memory'),
  unit: 'MB',
  isTakenOnce: true,
  open: async (bench) => {
    const { admin, urls } = await bench.database();
    const sales = await fillCatalogue(admin, TICKET_TYPES, TICKET_TYPES_PER_EVENT);
    const shop = await startShop(bench, urls);
    return {
      measure: async (seconds) => {
        const idle = await atRest(shop);
        const most = await watch(shop, async () => {
          await browseAndHold(bench, shop.gateway, sales, seconds / 2);
          await pay(bench, shop.gateway, { admin, url: urls.orders, sales }, Math.ceil(seconds / 2));
        });
        return [...gauges(idle, 'idle', IDLE_BELOW_MB), ...gauges(most, 'loaded', LOADED_BELOW_MB)];
      },
      remark: () =>
        `idle: ${IDLE_SECONDS} s after one answer of each; loaded: ${CONNECTIONS} connections read events and hold, ` +
        `then ${WEBHOOKS_PER_SECOND} webhooks/s`,
    };
  },
};

type Shop = Record<'gateway' | 'events-service' | 'orders-service' | 'payment-worker', Measured>;
type Memory = Map<string, number>;

async function startShop(bench: Workbench, urls: Record<'gateway' | 'events' | 'orders' | 'worker', string>) {
  const [brokers, redisUrl] = [await bench.kafka(), await bench.redis()];
  const start = (name: keyof Shop, url: string, env: NodeJS.ProcessEnv) =>
    startService(bench, name, { DATABASE_URL: url, KAFKA_BROKERS: brokers, REDIS_URL: redisUrl, ...env });
  const worker = await start('payment-worker', urls.worker, {});
  const orders = await start('orders-service', urls.orders, {});
  const events = await start('events-service', urls.events, {});
  const gateway = await start('gateway', urls.gateway, {
    ...{ EVENTS_SERVICE_URL: events.url, ORDERS_SERVICE_URL: orders.url, WORKER_URL: worker.url },
  });
  return { gateway, 'events-service': events, 'orders-service': orders, 'payment-worker': worker };
}

async function atRest(shop: Shop): Promise<Memory> {
  for (const { url } of Object.values(shop)) await fetch(`${url}/health/ready`).then((response) => response.text());
  await wait(IDLE_SECONDS * 1000);
  return sample(shop);
}

/** The most that each had while something went on. */
async function watch(shop: Shop, work: () => Promise<void>): Promise<Memory> {
  const over = new AbortController();
  const watching = highest(shop, over.signal);
  // Heard of below.
  watching.catch(() => undefined);
  try {
    await work();
  } finally {
    over.abort();
  }
  return watching;
}

async function highest(shop: Shop, over: AbortSignal): Promise<Memory> {
  const most: Memory = new Map();
  while (!over.aborted) {
    for (const [name, mb] of await sample(shop)) most.set(name, Math.max(mb, most.get(name) ?? 0));
    await wait(SAMPLE_MS);
  }
  return most;
}

async function sample(shop: Shop): Promise<Memory> {
  const each = Object.entries(shop).map(async ([name, { pid }]) => [name, await residentMb(pid)] as const);
  return new Map(await Promise.all(each));
}

async function browseAndHold(bench: Workbench, { url }: Measured, sales: Sale[], seconds: number): Promise<void> {
  const holds = holdRequests(sales);
  const reads = Array.from({ length: (holds.length * (10 - HOLDS_OF_TEN)) / HOLDS_OF_TEN }, (_, index) => {
    const { eventId } = sales[index % sales.length] ?? { eventId: '' };
    return { method: 'GET' as const, path: `/events/${eventId}` };
  });
  const requests = { kind: 'any-of' as const, requests: [...holds, ...reads] };
  await closedLoop({ url, connections: CONNECTIONS, seconds, warmUpSeconds: 0, requests }, bench.signal);
}

async function pay(
  bench: Workbench,
  { url }: Measured,
  { admin, url: ordersUrl, sales }: { admin: pg.Pool; url: string; sales: Sale[] },
  seconds: number,
): Promise<void> {
  const orders = { first: 1, count: WEBHOOKS_PER_SECOND * seconds };
  await holdOrders(ordersUrl, sales, orders);
  const webhooks = { kind: 'webhooks' as const, path: '/orders/webhook', secret: WEBHOOK_SECRET, amount: PRICE };
  const load = { connections: CONNECTIONS, perSecond: WEBHOOKS_PER_SECOND, count: orders.count };
  await openLoop({ url, ...load, requests: { ...webhooks, orders: { first: 1 } } }, bench.signal);
  const allPaid = async () => {
    const { rowCount } = await admin.query("select from orders.orders where status = 'paid'");
    return rowCount === orders.count;
  };
  await waitUntil('every order to be paid', allPaid, { timeoutMs: SETTLED_TIMEOUT_MS, everyMs: 250 });
}

function gauges(memory: Memory, when: string, below: number): Gauge[] {
  return [...memory].map(([name, value]) => ({ of: `${name}, ${when}`, value, below }));
}
