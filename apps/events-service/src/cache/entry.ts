import { createHash } from 'node:crypto';
import type { ListQuery } from '../event-read.ts';
import { searchQuery } from '../search/query.ts';

/** Where the cache keeps a body, and what makes it valid. */
export interface CacheEntry {
  /** The body, with its head (`body.ts`). */
  bodyKey: string;
  /** A body is valid while this holds the stamp that the body was stored with. Writes delete it. */
  stampKey: string;
  /** Whoever fills the body holds it. */
  lockKey: string;
  /** Whether some may ask for this once and never again, so that it is kept only when it is asked for twice. */
  isVariant: boolean;
}

/** All pages of all lists have one stamp: any event may appear on any of them. */
export const LIST_STAMP_KEY = 'events:stamp:list';

/** Where the body of one event is. */
export function eventBodyKey(id: string): string {
  return `${BODY}event:${id}`;
}

/** The same, and what belongs to it. */
export function eventEntry(id: string): CacheEntry {
  return {
    bodyKey: eventBodyKey(id),
    stampKey: `events:stamp:event:${id}`,
    lockKey: `events:lock:event:${id}`,
    isVariant: false,
  };
}

/** Where a page of the list is. Queries that ask for the same have the same. */
export function listEntry({ limit, after, q, from, to }: ListQuery, now: Date): CacheEntry {
  const isFirst = after === undefined && q === undefined && to === undefined && from <= now;
  // What most ask for, worked out once.
  if (isFirst) return (firstPages[limit] ??= pageEntry(limit, ['', '', '', '', '']));
  const words = q === undefined ? '' : (searchQuery(q) ?? (q.trim() && '!'));
  const bounds = [after?.startsAt, from > now ? from : undefined, to].map((instant) => instant?.toISOString() ?? '');
  const shape = [words, after?.id ?? '', ...bounds];
  return pageEntry(limit, shape);
}

function pageEntry(limit: number, shape: string[]): CacheEntry {
  const hash = createHash('sha256').update(JSON.stringify(shape)).digest('base64url').slice(0, 22);
  const name = `list:${limit}:${hash}`;
  return {
    bodyKey: `${BODY}${name}`,
    stampKey: LIST_STAMP_KEY,
    lockKey: `events:lock:${name}`,
    isVariant: shape.some((part) => part !== ''),
  };
}

/** First pages by their limit, of which there are a hundred. */
const firstPages: CacheEntry[] = [];

/** Counts up when bodies change their form, so that old and new replicas side by side do not read each other's. */
const BODY = 'events:body:2:';
