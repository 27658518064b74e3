import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fillCatalogue } from '../catalogue.ts';
import { closedLoop } from '../load.ts';
import type { Requests } from '../load/requests.ts';
import { startBaseline, startService } from '../processes.ts';
import type { Contest } from '../row.ts';
import type { Workbench } from '../workbench.ts';

export const CONNECTIONS = 64;
/** A page of the list. */
const EVENTS = 20;
const TICKET_TYPES_PER_EVENT = 3;

/** One event, any of twenty. */
export const readEvent: Contest = {
  kind: 'contest',
  name: 'read-event',
  what: 'GET /events/{id}',
  baseline: 'bare Express 5 sending the same bytes',
  unit: 'requests/s',
  atLeast: 0.8,
  open: (bench) => open(bench, eventPaths),
};

/** The first page. */
export const readList: Contest = {
  ...readEvent,
  name: 'read-list',
  what: 'GET /events',
  open: (bench) => open(bench, listPaths),
};

export const eventPaths = (eventIds: string[]): string[] => eventIds.map((id) => `/events/${id}`);
export const listPaths = (): string[] => ['/events'];

async function open(bench: Workbench, pathsOf: (eventIds: string[]) => string[]) {
  const { url, paths, requests, load } = await startReading(bench, pathsOf);
  // Twice: the first answer may be the one that fills a cache.
  await keepAnswers(url, paths);
  const answers = await keepAnswers(url, paths);
  const file = join(bench.folder, 'answers.json');
  await writeFile(file, JSON.stringify(answers));
  const baseline = await startBaseline(bench, 'express-answers', {
    readyPath: paths[0] ?? '',
    env: { ANSWERS_FILE: file },
  });
  const [first] = Object.values(answers);
  const cache = first?.headers.find(([name]) => name === 'x-cache')?.[1] ?? 'none';
  return {
    ours: load,
    baseline: (seconds: number) => read(bench, baseline.url, requests, seconds),
    remark: () => `${CONNECTIONS} connections, ${Buffer.byteLength(first?.body ?? '')} bytes a body; X-Cache: ${cache}`,
  };
}

/** An events-service with its cache and a page of events, and what loads it with requests for some paths. */
export async function startReading(bench: Workbench, pathsOf: (eventIds: string[]) => string[]) {
  const { admin, urls } = await bench.database();
  const sales = await fillCatalogue(admin, EVENTS * TICKET_TYPES_PER_EVENT, TICKET_TYPES_PER_EVENT);
  const paths = pathsOf([...new Set(sales.map(({ eventId }) => eventId))]);
  const { url } = await startService(bench, 'events-service', {
    DATABASE_URL: urls.events,
    REDIS_URL: await bench.redis(),
  });
  const requests = { kind: 'any-of' as const, requests: paths.map((path) => ({ method: 'GET' as const, path })) };
  return { url, paths, requests, load: (seconds: number) => read(bench, url, requests, seconds) };
}

function read({ signal }: Workbench, url: string, requests: Requests, seconds: number) {
  return closedLoop({ url, connections: CONNECTIONS, seconds, warmUpSeconds: 1, requests }, signal);
}

/** Of the connection or of one request, not of what is answered. */
const NOT_KEPT = new Set(['connection', 'date', 'keep-alive', 'transfer-encoding', 'x-request-id']);

/** What the service answers, so that the baseline sends the same. */
async function keepAnswers(url: string, paths: string[]) {
  const answers: Record<string, { headers: [name: string, value: string][]; body: string }> = {};
  for (const path of paths) {
    const response = await fetch(`${url}${path}`);
    const headers = [...response.headers].filter(([name]) => !NOT_KEPT.has(name));
    answers[path] = { headers, body: await response.text() };
  }
  return answers;
}
