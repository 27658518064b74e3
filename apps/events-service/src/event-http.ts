import type { IncomingHttpHeaders } from 'node:http';
import type { Call, HttpApp } from '@ticketing/service-kit/http-app';
import { decodeCursor } from '@ticketing/service-kit/cursor';
import { Id, Instant } from '@ticketing/types/primitives';
import * as operations from '@ticketing/types/event';
import type pg from 'pg';
import { namesTag, parseIfMatch } from './entity-tag.ts';
import type { EventCache } from './event-cache.ts';
import { finishEvent, listEventsBody, readEventBody, type FinishedBody, type ListQuery } from './event-read.ts';
import { cancelEvent, changeEvent, createEvent, noSuchEvent, publishEvent } from './event-store.ts';
import { mayManage, type StoredEvent } from './event.ts';
import type { PrismaClient } from './generated/prisma/client.ts';

export interface Catalogue {
  /** For reading, which is hot. */
  pool: pg.Pool;
  /** For writing. */
  prisma: PrismaClient;
  cache: EventCache;
}

/** Serves the catalogue's operations. */
export function implementEvents(http: HttpApp, { pool, prisma, cache }: Catalogue): void {
  http.implement(operations.listEvents, async ({ query, request }) => {
    const now = new Date();
    // Asked again when it is read, which may be a while later.
    const load = () => listEventsBody(pool, toListQuery(query, new Date()));
    const read = await cache.readPage(toListQuery(query, now), now, load);
    return conditional(request.headers, read.cache === 'HIT' ? read.body : read.value, PUBLIC, read.cache);
  });

  http.implement(operations.readEvent, async ({ params, user, request }) => {
    const read = await cache.readEvent(params.id, () => readEventBody(pool, params.id));
    if (read.cache === 'HIT') return conditional(request.headers, read.body, PUBLIC, 'HIT');
    const event = read.value;
    if (!event || !(event.isPublic || mayManage(user, event))) throw noSuchEvent();
    if (!event.isPublic) return conditional(request.headers, event, PRIVATE, 'BYPASS');
    return conditional(request.headers, event, PUBLIC, read.cache);
  });

  http.shortcut(({ url = '', headers }) => {
    if (url === operations.listEvents.path) {
      const now = new Date();
      const body = cache.pageCopy({ ...FIRST_PAGE, from: now }, now);
      return body && { operation: operations.listEvents, reply: conditional(headers, body, PUBLIC, 'HIT') };
    }
    if (!url.startsWith(EVENT_PATH)) return undefined;
    // Whatever is no event's id has no copy.
    const body = cache.eventCopy(url.slice(EVENT_PATH.length));
    return body && { operation: operations.readEvent, reply: conditional(headers, body, PUBLIC, 'HIT') };
  });

  http.implement(operations.createEvent, async ({ body, user }) => {
    const event = await cache.write(undefined, () => createEvent(prisma, user, body, new Date()));
    const { json, headers } = whole(event);
    return { status: 201, json, headers: { ...headers, Location: `/events/${event.id}` } };
  });

  http.implement(operations.changeEvent, async ({ params: { id }, headers, body, user }) => {
    const ifMatch = parseIfMatch(headers['if-match']);
    const change = () => changeEvent(prisma, user, { id, change: body, ifMatch }, new Date());
    return { status: 200, ...whole(await cache.write(id, change)) };
  });

  http.implement(operations.publishEvent, async ({ params: { id }, user }) => {
    const publish = () => publishEvent(prisma, user, id, new Date());
    return { status: 200, ...whole(await cache.write(id, publish)) };
  });

  http.implement(operations.cancelEvent, async ({ params: { id }, body: { evenIfOver }, user }) => {
    const cancel = () => cancelEvent(prisma, user, { id, evenIfOver }, new Date());
    return { status: 200, ...whole(await cache.write(id, cancel)) };
  });
}

const EVENT_PATH = '/events/';
/** What the list is asked for without a query. */
const FIRST_PAGE = operations.listEvents.query.parse({});

/** Anyone may keep it, and asks each time whether it is still right: a price must not be stale. */
const PUBLIC = 'public, max-age=0, must-revalidate';
const PRIVATE = 'no-store';

/** 304 if the client has this body already (RFC 9110 section 15.4.5), else the body. */
function conditional(
  headers: IncomingHttpHeaders,
  body: FinishedBody,
  cacheControl: string,
  cache: 'HIT' | 'MISS' | 'BYPASS',
) {
  const own = { ETag: body.etag, 'Cache-Control': cacheControl, 'X-Cache': cache };
  if (namesTag(headers['if-none-match'], body.etag)) return { status: 304 as const, headers: own };
  return { status: 200 as const, json: body.json, headers: own };
}

/** After a write: the event as reading it would show it. */
function whole(event: StoredEvent) {
  const { json, etag } = finishEvent(event);
  return { json, headers: { ETag: etag } };
}

function toListQuery(query: Call<typeof operations.listEvents>['query'], now: Date): ListQuery {
  const { cursor, from = now, ...rest } = query;
  const bounded = { ...rest, from: from > now ? from : now };
  if (cursor === undefined) return bounded;
  const [startsAt = '', id = ''] = decodeCursor(cursor, isSortKey);
  return { ...bounded, after: { startsAt: new Date(startsAt), id } };
}

function isSortKey([startsAt, id, ...more]: string[]): boolean {
  return Instant.safeParse(startsAt).success && Id.safeParse(id).success && more.length === 0;
}
