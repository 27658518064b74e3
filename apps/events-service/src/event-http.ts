import type { Call, HttpApp } from '@ticketing/service-kit/http-app';
import { decodeCursor } from '@ticketing/service-kit/cursor';
import { Id, Instant } from '@ticketing/types/primitives';
import * as operations from '@ticketing/types/event';
import type pg from 'pg';
import { namesTag, parseIfMatch } from './entity-tag.ts';
import { finishEvent, listEventsBody, readEventBody, type FinishedBody, type ListQuery } from './event-read.ts';
import { cancelEvent, changeEvent, createEvent, noSuchEvent, publishEvent } from './event-store.ts';
import { mayManage, type StoredEvent } from './event.ts';
import type { PrismaClient } from './generated/prisma/client.ts';

export interface Catalogue {
  /** For reading, which is hot. */
  pool: pg.Pool;
  /** For writing. */
  prisma: PrismaClient;
}

/** Serves the catalogue's operations. */
export function implementEvents(http: HttpApp, { pool, prisma }: Catalogue): void {
  http.implement(operations.listEvents, async ({ query, request }) => {
    const body = await listEventsBody(pool, toListQuery(query, new Date()));
    return conditional(request, body, PUBLIC);
  });

  http.implement(operations.readEvent, async ({ params, user, request }) => {
    const event = await readEventBody(pool, params.id);
    if (!event || !(event.isPublic || mayManage(user, event))) throw noSuchEvent();
    return conditional(request, event, event.isPublic ? PUBLIC : PRIVATE);
  });

  http.implement(operations.createEvent, async ({ body, user }) => {
    const event = await createEvent(prisma, user, body, new Date());
    const { json, headers } = whole(event);
    return { status: 201, json, headers: { ...headers, Location: `/events/${event.id}` } };
  });

  http.implement(operations.changeEvent, async ({ params, headers, body, user }) => {
    const ifMatch = parseIfMatch(headers['if-match']);
    const event = await changeEvent(prisma, user, { id: params.id, change: body, ifMatch }, new Date());
    return { status: 200, ...whole(event) };
  });

  http.implement(operations.publishEvent, async ({ params, user }) => {
    return { status: 200, ...whole(await publishEvent(prisma, user, params.id, new Date())) };
  });

  http.implement(operations.cancelEvent, async ({ params, user }) => {
    return { status: 200, ...whole(await cancelEvent(prisma, user, params.id, new Date())) };
  });
}

/** Anyone may keep it, and asks each time whether it is still right: a price must not be stale. */
const PUBLIC = 'public, max-age=0, must-revalidate';
const PRIVATE = 'no-store';

/** 304 if the client has this body already (RFC 9110 section 15.4.5), else the body. */
function conditional(request: Call<typeof operations.readEvent>['request'], body: FinishedBody, cacheControl: string) {
  const headers = { ETag: body.etag, 'Cache-Control': cacheControl, 'X-Cache': 'BYPASS' };
  if (namesTag(request.headers['if-none-match'], body.etag)) return { status: 304 as const, headers };
  return { status: 200 as const, json: body.json, headers };
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
