import { fillCatalogue } from '../catalogue.ts';
import { closedLoop } from '../load.ts';
import { startService } from '../processes.ts';
import type { Contest } from '../row.ts';
import type { BenchDatabase, Workbench } from '../workbench.ts';
import { named } from '../named.ts';

const MANY = 100_000;
const FEW = 10;
const CONNECTIONS = 64;
/** Events that are asked for: a page of the smaller list, and as many requests as fit into a message to the sender. */
const LISTED = 10;
const ASKED_FOR = 2_000;

const growth = {
  kind: 'contest',
  baseline: 'the same among ten',
  unit: 'requests/s',
  atLeast: 0.8,
} as const;

/** Without its cache, which does not know how many there are. */
export const growthReadEvent: Contest = {
  ...growth,
  ...named('growth-read-event'),
  open: (bench) => open(bench, 'events-service', (eventIds) => eventIds.map((id) => `/events/${id}`)),
};

export const growthReadList: Contest = {
  ...growth,
  ...named('growth-read-list'),
  open: (bench) => open(bench, 'events-service', () => [`/events?limit=${LISTED}`]),
};

/** What all events have, and what none has, which an index must say. */
export const growthSearch: Contest = {
  ...growth,
  ...named('growth-search'),
  open: (bench) =>
    open(bench, 'events-service', () => ['town+ha', 'nosuch'].map((q) => `/events?limit=${LISTED}&q=${q}`)),
};

export const growthAvailability: Contest = {
  ...growth,
  ...named('growth-availability'),
  open: (bench) => open(bench, 'orders-service', (eventIds) => eventIds.map((id) => `/events/${id}/availability`)),
};

type Reader = 'events-service' | 'orders-service';

async function open(bench: Workbench, reader: Reader, pathsOf: (eventIds: string[]) => string[]) {
  const { many, few } = await bench.shared('events', async ({ database }) => {
    return { many: await fill(await database(), MANY), few: await fill(await database(), FEW) };
  });
  const [ours, baseline] = [
    await startReading(bench, reader, many.database, pathsOf(many.eventIds)),
    await startReading(bench, reader, few.database, pathsOf(few.eventIds)),
  ];
  return { ours, baseline, remark: () => `${CONNECTIONS} connections` };
}

/** One ticket type each; returns some of the events, from first to last. */
async function fill(database: BenchDatabase, events: number) {
  const sales = await fillCatalogue(database.admin, events, 1);
  const step = Math.ceil(events / ASKED_FOR);
  const eventIds = sales.filter((_, index) => index % step === 0).map(({ eventId }) => eventId);
  return { database, eventIds };
}

async function startReading(bench: Workbench, reader: Reader, { urls }: BenchDatabase, paths: string[]) {
  const role = reader === 'events-service' ? urls.events : urls.orders;
  const { url } = await startService(bench, reader, { DATABASE_URL: role });
  const requests = { kind: 'any-of' as const, requests: paths.map((path) => ({ method: 'GET' as const, path })) };
  return (seconds: number) =>
    closedLoop({ url, connections: CONNECTIONS, seconds, warmUpSeconds: 1, requests }, bench.signal);
}
