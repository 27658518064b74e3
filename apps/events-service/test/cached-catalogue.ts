import { randomInt } from 'node:crypto';
import { createRegistry } from '@ticketing/service-kit/metrics';
import { silentLog } from '@ticketing/service-kit/log';
import { openPool } from '@ticketing/service-kit/postgres';
import { openRedis } from '@ticketing/service-kit/redis';
import { createDatabase } from '@ticketing/testing/postgres';
import type {} from '@ticketing/testing/redis';
import { waitUntil } from '@ticketing/testing/wait-until';
import { Redis } from 'ioredis';
import { expect, inject, onTestFinished } from 'vitest';
import { startPermit } from '../src/cache/permit.ts';
import { createEventCache } from '../src/event-cache.ts';
import type { FinishedEvent } from '../src/event-read.ts';
import { startCatalogue, type Catalogue, type CatalogueOptions } from './catalogue.ts';

/** Generous, so that a busy machine does not look like a slow Redis. */
const PATIENT = { EVENTS_CACHE_TIMEOUT_MS: '2000' };

/** The tests' Redis, a database of it that hardly anyone else has: the list's stamp is one per database. */
export function ownRedisUrl(): string {
  return `${inject('redisUrl')}/${randomInt(1, 16)}`;
}

/** The service with its cache in working order. */
export async function startCached(options: CatalogueOptions & { redisUrl: string }): Promise<Catalogue> {
  const env = { ...PATIENT, REDIS_URL: options.redisUrl, ...options.env };
  const catalogue = await startCatalogue({ ...options, env });
  await untilCached(catalogue);
  return catalogue;
}

/** Waits until the cache is used. */
export async function untilCached(catalogue: Catalogue): Promise<void> {
  await waitUntil('a hit', async () => xCache(await catalogue.anyone.call('GET', '/events')) === 'HIT');
}

export function xCache(answer: { headers: Headers }): string | null {
  return answer.headers.get('x-cache');
}

/** A client to look behind the scenes. */
export function redisClient(url: string): Redis {
  const client = new Redis(url, { retryStrategy: () => 20 });
  client.on('error', () => undefined);
  return client;
}

/** Caches of several replicas without their services, for tests that take the place of the database read. */
export async function startCaches(
  count: number,
  { redisUrl = ownRedisUrl(), ...options }: { redisUrl?: string; maxCopyBytes?: number } = {},
) {
  const database = await createDatabase(inject('postgresUrl'));
  onTestFinished(() => database.drop());
  const client = redisClient(redisUrl);
  onTestFinished(() => client.disconnect());
  const caches = Array.from({ length: count }, () => {
    const pool = openPool({ url: database.urls.events, schema: 'events', size: 1, applicationName: 'test' });
    onTestFinished(() => pool.end());
    const permit = startPermit(pool);
    onTestFinished(permit.close);
    const [redis, inboxRedis] = [openTestRedis(redisUrl), openTestRedis(redisUrl)];
    onTestFinished(redis.close);
    const registry = createRegistry('test');
    const cache = createEventCache({ redis, inboxRedis, permit, ttlSeconds: 60, registry, ...options });
    onTestFinished(cache.close);
    return { redis, permit, cache, registry };
  });
  await expect.poll(() => caches.every(({ redis, permit }) => redis.runId() && permit.epoch())).toBe(true);
  return { caches: caches.map(({ cache }) => cache), registries: caches.map(({ registry }) => registry), client };
}

function openTestRedis(url: string) {
  return openRedis({ url, applicationName: 'test', timeoutMs: 2_000, log: silentLog });
}

/** A body of an event, told apart by its text. */
export function bodyOf(text: string, isPublic = true): FinishedEvent {
  return { json: JSON.stringify(text), etag: `"${text}"`, organizerId: 'someone', isPublic };
}
