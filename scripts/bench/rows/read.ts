import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fillCatalogue } from '../catalogue.ts';
import { findProgram } from '../find-program.ts';
import { closedLoop } from '../load.ts';
import type { ClosedLoopResult } from '../load/closed-loop.ts';
import { runWrk } from '../load/wrk.ts';
import { startBaseline, startService } from '../processes.ts';
import type { Contest } from '../row.ts';
import type { Workbench } from '../workbench.ts';
import { named } from '../named.ts';

export const CONNECTIONS = 32;
/** A page of the list. */
const EVENTS = 20;
const TICKET_TYPES_PER_EVENT = 3;
const WARM_UP_SECONDS = 1;

/** One event, any of twenty. */
export const readEvent: Contest = {
  kind: 'contest',
  ...named('read-event'),
  baseline: 'bare Express 5 sending the same bytes',
  unit: 'requests/s',
  atLeast: 0.9,
  open: (bench) => open(bench, eventPaths),
};

/** The first page. */
export const readList: Contest = {
  ...readEvent,
  ...named('read-list'),
  atLeast: 0.8,
  open: (bench) => open(bench, listPaths),
};

export const eventPaths = (eventIds: string[]): string[] => eventIds.map((id) => `/events/${id}`);
export const listPaths = (): string[] => ['/events'];

async function open(bench: Workbench, pathsOf: (eventIds: string[]) => string[]) {
  const { url, paths } = await startReading(bench, pathsOf);
  // Twice: the first answer may be the one that fills a cache.
  await keepAnswers(url, paths);
  const answers = await keepAnswers(url, paths);
  const file = join(bench.folder, 'answers.json');
  await writeFile(file, JSON.stringify(answers));
  const baseline = await startBaseline(bench, 'express-answers', {
    readyPath: paths[0] ?? '',
    env: { ANSWERS_FILE: file },
  });
  const { by, read } = await reading(bench);
  const [first] = Object.values(answers);
  const cache = first?.headers.find(([name]) => name === 'x-cache')?.[1] ?? 'none';
  const bytes = Buffer.byteLength(first?.body ?? '');
  return {
    ours: (seconds: number) => read(url, paths, seconds),
    baseline: (seconds: number) => read(baseline.url, paths, seconds),
    remark: () => `measured by ${by}, ${CONNECTIONS} connections, ${bytes} bytes a body; X-Cache: ${cache}`,
  };
}

type Read = (url: string, paths: string[], seconds: number) => Promise<ClosedLoopResult>;

/**
 * What sends the requests: wrk where it is installed. autocannon takes more of the processor for a request than the
 * services that are measured, and so slows the faster side more.
 */
async function reading({ env, folder, signal }: Workbench): Promise<{ by: string; read: Read }> {
  const wrk = await findProgram('wrk', env.PATH);
  if (wrk === undefined) {
    const read: Read = (url, paths, seconds) => autocannon(url, paths, seconds, signal);
    return { by: 'autocannon (wrk is not installed here)', read };
  }
  const options = { wrk, folder, connections: CONNECTIONS, warmUpSeconds: WARM_UP_SECONDS };
  return { by: 'wrk', read: (url, paths, seconds) => runWrk({ ...options, url, paths, seconds }, signal) };
}

function autocannon(url: string, paths: string[], seconds: number, signal: AbortSignal) {
  const plan = { url, connections: CONNECTIONS, seconds, warmUpSeconds: WARM_UP_SECONDS, requests: gets(paths) };
  return closedLoop(plan, signal);
}

/** An events-service with its cache and a page of events, and what asks it for some paths, as fast as autocannon can. */
export async function startReading(bench: Workbench, pathsOf: (eventIds: string[]) => string[]) {
  const { admin, urls } = await bench.database();
  const sales = await fillCatalogue(admin, EVENTS * TICKET_TYPES_PER_EVENT, TICKET_TYPES_PER_EVENT);
  const paths = pathsOf([...new Set(sales.map(({ eventId }) => eventId))]);
  const { url } = await startService(bench, 'events-service', {
    DATABASE_URL: urls.events,
    REDIS_URL: await bench.redis(),
  });
  const load = (seconds: number) => autocannon(url, paths, seconds, bench.signal);
  return { url, paths, requests: gets(paths), load };
}

function gets(paths: string[]) {
  return { kind: 'any-of' as const, requests: paths.map((path) => ({ method: 'GET' as const, path })) };
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
