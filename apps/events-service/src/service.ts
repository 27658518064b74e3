import { PrismaPg } from '@prisma/adapter-pg';
import { accessTokenVerifier } from '@ticketing/service-kit/access-token';
import { createClosing, type Closing } from '@ticketing/service-kit/closing';
import { implementHealth } from '@ticketing/service-kit/health';
import { createHttpApp } from '@ticketing/service-kit/http-app';
import { silentLog, type Logger } from '@ticketing/service-kit/log';
import { createRegistry, httpMetrics, serveMetrics } from '@ticketing/service-kit/metrics';
import { openPool } from '@ticketing/service-kit/postgres';
import { openRedis } from '@ticketing/service-kit/redis';
import type { RunningService } from '@ticketing/service-kit/run-service';
import { serve } from '@ticketing/service-kit/serve';
import type { Registry } from 'prom-client';
import type { Config } from './config.ts';
import { startPermit } from './cache/permit.ts';
import { createEventCache, noCache, type EventCache } from './event-cache.ts';
import { implementEvents } from './event-http.ts';
import { PrismaClient } from './generated/prisma/client.ts';
import { startSearchRefill } from './search/refill.ts';

/** Composition root: opens what the service needs, and serves. The database may be away meanwhile. */
export async function startService(config: Config, log: Logger): Promise<RunningService> {
  const closing = createClosing();
  try {
    const registry = createRegistry('events-service');
    closing.add(() => registry.clear());
    const pool = openPool({
      url: config.DATABASE_URL,
      schema: 'events',
      size: config.DATABASE_POOL_SIZE,
      applicationName: 'events-service',
      onIdleError: (error) => log.warn({ err: error }, 'an idle database connection broke'),
    });
    closing.add(() => pool.end());
    const prisma = new PrismaClient({ adapter: new PrismaPg(pool, { schema: 'events' }), errorFormat: 'minimal' });
    closing.add(() => prisma.$disconnect());

    const refill = startSearchRefill(pool, log);
    closing.add(refill.close);

    const http = createHttpApp({
      log,
      verifyToken: accessTokenVerifier({ current: config.JWT_SECRET, previous: config.JWT_SECRET_PREVIOUS }),
      corsOrigins: config.CORS_ORIGINS,
      trustedProxies: config.TRUSTED_PROXIES,
      metrics: httpMetrics(registry),
      checkAnswers: config.NODE_ENV === 'test',
    });
    implementEvents(http, { pool, prisma, cache: openCache(config, log, registry, closing) });
    implementHealth(http, { database: () => pool.query('select 1') });

    const metrics = await serveMetrics(registry, { host: config.METRICS_HOST, port: config.METRICS_PORT, log });
    closing.add(metrics.close);
    const server = await serve(http, config);
    closing.add(server.close);
    return { url: server.url, close: closing.close };
  } catch (error) {
    await closing.close();
    throw error;
  }
}

/** The cache if there is a Redis for it. */
function openCache(config: Config, log: Logger, registry: Registry, closing: Closing): EventCache {
  if (config.REDIS_URL === undefined) return noCache;
  const common = { url: config.REDIS_URL, timeoutMs: config.EVENTS_CACHE_TIMEOUT_MS };
  const redis = openRedis({ ...common, applicationName: 'events-service', log });
  closing.add(redis.close);
  const pool = openPool({
    url: config.DATABASE_URL,
    schema: 'events',
    size: 1,
    applicationName: 'events-cache-permit',
  });
  closing.add(() => pool.end());
  const permit = startPermit(pool);
  closing.add(permit.close);
  // When Redis goes, one of the two says so.
  const inboxRedis = openRedis({ ...common, applicationName: 'events-service-inbox', log: silentLog });
  const cache = createEventCache({ redis, inboxRedis, permit, ttlSeconds: config.EVENTS_CACHE_TTL_SECONDS, registry });
  closing.add(cache.close);
  return cache;
}
