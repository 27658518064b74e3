import { createClosing, type Closing } from '@ticketing/service-kit/closing';
import { accessTokenVerifier } from '@ticketing/service-kit/access-token';
import { implementHealth } from '@ticketing/service-kit/health';
import { createHttpApp } from '@ticketing/service-kit/http-app';
import type { Logger } from '@ticketing/service-kit/log';
import { createRegistry, httpMetrics, serveMetrics } from '@ticketing/service-kit/metrics';
import { openPool } from '@ticketing/service-kit/postgres';
import { openRedis, LIMITS_TIMEOUT_MS } from '@ticketing/service-kit/redis';
import type { RunningService } from '@ticketing/service-kit/run-service';
import { serve } from '@ticketing/service-kit/serve';
import { implementAccounts } from './account-http.ts';
import { createAccounts } from './accounts.ts';
import type { Config } from './config.ts';
import { openDatabase } from './database.ts';
import { implementDocs } from './docs.ts';
import { sweepExpired } from './expired-tokens.ts';
import { createForward } from './forward.ts';
import { createGate } from './gate.ts';
import { implementPlatformHealth, isReady } from './health.ts';
import { createLimits, noLimits, type Limits } from './limits.ts';
import { organizerRegistration } from './organizer-registration.ts';
import { HASHING_BOUNDS } from './passwords.ts';

/** Starts the gateway; what was opened is closed again if a later part does not start. */
export async function startService(config: Config, log: Logger): Promise<RunningService> {
  const closing = createClosing();
  try {
    const pool = openPool({
      url: config.DATABASE_URL,
      schema: 'identity',
      size: config.DATABASE_POOL_SIZE,
      applicationName: 'gateway',
      onIdleError: (error) => log.warn({ err: error }, 'an idle database connection broke'),
    });
    closing.add(() => pool.end());
    const db = openDatabase(pool);
    closing.add(() => db.$disconnect());
    closing.add(sweepExpired(db, log));

    const registry = createRegistry('gateway');
    closing.add(() => registry.clear());
    const secrets = { current: config.JWT_SECRET, previous: config.JWT_SECRET_PREVIOUS };
    const http = createHttpApp({
      log,
      verifyToken: accessTokenVerifier(secrets),
      corsOrigins: config.CORS_ORIGINS,
      trustedProxies: config.TRUSTED_PROXIES,
      metrics: httpMetrics(registry),
      checkAnswers: config.NODE_ENV === 'test',
    });

    const forward = createForward({
      eventsUrl: config.EVENTS_SERVICE_URL,
      ordersUrl: config.ORDERS_SERVICE_URL,
      log,
    });
    closing.add(forward.close);
    http.use(forward.handler);

    const limits = openLimits(config, log, closing);
    const hashing = createGate(HASHING_BOUNDS);
    implementAccounts(
      http,
      await createAccounts({
        ...{ db, secrets, limits, hashing, log },
        organizers: () => organizerRegistration(db, config.ORGANIZER_REGISTRATION),
      }),
    );
    const askDatabase = () => pool.query('select from users limit 0');
    implementHealth(http, { database: askDatabase });
    implementPlatformHealth(http, {
      gateway: askDatabase,
      events: isReady(config.EVENTS_SERVICE_URL),
      orders: isReady(config.ORDERS_SERVICE_URL),
      ...(config.WORKER_URL && { worker: isReady(config.WORKER_URL) }),
    });
    implementDocs(http);

    const metrics = await serveMetrics(registry, { host: config.METRICS_HOST, port: config.METRICS_PORT, log });
    closing.add(metrics.close);
    const server = await serve(http, config);
    closing.add(server.close);
    return { url: server.url, close: closing.close };
  } catch (error) {
    await closing.close().catch((failure: unknown) => log.warn({ err: failure }, 'did not close cleanly'));
    throw error;
  }
}

function openLimits(config: Config, log: Logger, closing: Closing): Limits {
  if (config.RATE_LIMITS === 'off') {
    log.warn('RATE_LIMITS=off: nothing slows down who guesses passwords');
    return noLimits;
  }
  const { REDIS_URL: url } = config;
  if (url === undefined) return createLimits(config);
  const redis = openRedis({ url, applicationName: 'gateway', timeoutMs: LIMITS_TIMEOUT_MS, log });
  closing.add(redis.close);
  return createLimits(config, redis);
}
