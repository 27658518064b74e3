import { isDeepStrictEqual } from 'node:util';
import { authorizationOf } from '../buyers.ts';
import { fillCatalogue } from '../catalogue.ts';
import { idOf } from '../ids.ts';
import { closedLoop } from '../load.ts';
import type { PlainRequest } from '../load/requests.ts';
import { replaceByPastOrders } from '../past-orders.ts';
import { JWT_SECRET, startBaseline, startService } from '../processes.ts';
import type { Contest } from '../row.ts';
import type { Workbench } from '../workbench.ts';
import { named } from '../named.ts';

const CONNECTIONS = 64;
const BUYERS = 1000;
/** All of a buyer's orders are one page. */
const ORDERS = BUYERS * 20;
const POOL_SIZE = '10';

/** One order, which buyers poll until it is paid. */
export const readOrder: Contest = {
  kind: 'contest',
  ...named('read-order'),
  baseline: 'bare Express 5, token checked, one named statement of pg',
  unit: 'requests/s',
  open: (bench) => open(bench, (n) => `/orders/${idOf('pastOrder', n)}`),
};

/** A buyer's orders, a page of twenty. */
export const readOrders: Contest = {
  ...readOrder,
  ...named('read-orders'),
  open: (bench) => open(bench, () => '/orders'),
};

async function open(bench: Workbench, pathOf: (order: number) => string) {
  const { admin, urls } = await bench.database();
  await fillCatalogue(admin, 100);
  await replaceByPastOrders(admin, { count: ORDERS, ticketTypes: 100, buyers: BUYERS });
  const env = { DATABASE_URL: urls.orders, DATABASE_POOL_SIZE: POOL_SIZE };
  const ours = await startService(bench, 'orders-service', env);
  const plain = { readyPath: '/ready', env: { ...env, JWT_SECRET } };
  const baseline = await startBaseline(bench, 'express-orders', plain);
  const requests = Array.from({ length: BUYERS }, (_, index): PlainRequest => {
    // The order's number decides whose it is.
    const authorization = authorizationOf(((index + 1) % BUYERS) + 1);
    return { method: 'GET', path: pathOf(index + 1), headers: { authorization } };
  });
  const [first] = requests;
  const bytes = await checkAlike(ours.url, baseline.url, first);
  const load = (url: string) => (seconds: number) => {
    const plan = { url, connections: CONNECTIONS, seconds, warmUpSeconds: 1 };
    return closedLoop({ ...plan, requests: { kind: 'any-of', requests } }, bench.signal);
  };
  return {
    ours: load(ours.url),
    baseline: load(baseline.url),
    remark: () => `${CONNECTIONS} connections, ${POOL_SIZE} to Postgres, ${bytes} bytes a body`,
  };
}

/** Both sides have to answer the same. Returns how long it is. */
async function checkAlike(ours: string, baseline: string, request: PlainRequest | undefined): Promise<number> {
  const ask = async (url: string) => {
    const response = await fetch(`${url}${request?.path}`, { headers: request?.headers ?? {} });
    return response.text();
  };
  const [body, other] = [await ask(ours), await ask(baseline)];
  if (!isDeepStrictEqual(JSON.parse(body), JSON.parse(other))) {
    throw new Error(`The baseline answers something else: ${other} instead of ${body}`);
  }
  return Buffer.byteLength(body);
}
