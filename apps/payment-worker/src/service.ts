import { createAdmin } from '@ticketing/kafka/admin';
import { createProducer } from '@ticketing/kafka/producer';
import { openOrdersDatabase } from '@ticketing/order-core/database';
import { createSettling } from '@ticketing/order-core/settle';
import { logWhereMailsGo, mailSettings } from '@ticketing/mail/config';
import { openMailer } from '@ticketing/mail/transport';
import { createPrecedence } from '@ticketing/order-effects/precedence';
import { countSettledByAsking } from '@ticketing/order-effects/settled-by-asking';
import { openStripe } from '@ticketing/order-effects/open-stripe';
import { createStripeLimiter } from '@ticketing/order-effects/stripe-limiter';
import { unauthenticated } from '@ticketing/service-kit/access-token';
import { createClosing, type Closing } from '@ticketing/service-kit/closing';
import { implementHealth } from '@ticketing/service-kit/health';
import { createHttpApp } from '@ticketing/service-kit/http-app';
import type { Logger } from '@ticketing/service-kit/log';
import { createRegistry, httpMetrics, serveMetrics, type InternalPages } from '@ticketing/service-kit/metrics';
import { LIMITS_TIMEOUT_MS, openRedis } from '@ticketing/service-kit/redis';
import type { RunningService } from '@ticketing/service-kit/run-service';
import { serve } from '@ticketing/service-kit/serve';
import type { WorkerConfig } from './config.ts';
import { startConsuming } from './consume.ts';
import { createTopicsPatiently } from './create-topics.ts';
import { startWorkerJobs, type WorkerJobs } from './jobs/start-worker-jobs.ts';
import { workerMetrics } from './worker-metrics.ts';

/** Starts the worker; `close` finishes the batch under way, commits it, and leaves the group. */
export async function startService(config: WorkerConfig, log: Logger, topicPrefix = ''): Promise<RunningService> {
  const closing = createClosing();
  try {
    return { url: await start(config, log, topicPrefix, closing), close: closing.close };
  } catch (error) {
    await closing.close();
    throw error;
  }
}

async function start(config: WorkerConfig, log: Logger, topicPrefix: string, closing: Closing): Promise<string> {
  const { KAFKA_BROKERS: brokers } = config;
  const db = openOrdersDatabase({
    url: config.DATABASE_URL,
    poolSize: config.DATABASE_POOL_SIZE,
    applicationName: 'payment-worker',
    onIdleError: (error) => log.warn({ err: error }, 'an idle database connection broke'),
  });
  closing.add(db.close);
  const registry = createRegistry('payment-worker');
  closing.add(() => registry.clear());
  const { stripe, account } = await openStripe(config, { registry, log });
  const redis =
    config.REDIS_URL === undefined
      ? undefined
      : openRedis({ url: config.REDIS_URL, applicationName: 'payment-worker', timeoutMs: LIMITS_TIMEOUT_MS, log });
  if (redis) closing.add(redis.close);
  const limiter = createStripeLimiter(config.STRIPE_MAX_RPS, redis);
  const settling = createSettling(db.pool);
  closing.add(settling.close);
  const mail = mailSettings(config);
  logWhereMailsGo(log, config);
  const mailer = openMailer(mail);
  closing.add(mailer.close);
  const precedence = createPrecedence();
  const jobs = startWorkerJobs(
    {
      ...{ db, stripe, limiter, account, mailer, mailFrom: mail.from, precedence },
      ...{ settle: settling.submit, onSettledByAsking: countSettledByAsking(registry), log },
    },
    config.QUEUE_REDIS_URL ?? config.REDIS_URL,
    `${topicPrefix}ticketing`,
  );
  closing.add(jobs.close);

  const admin = createAdmin({ brokers, clientId: 'payment-worker-admin', log });
  closing.add(admin.close);
  const { onVerdict } = workerMetrics({ registry, admin, pool: db.pool, topicPrefix });
  const metrics = await serveMetrics(
    registry,
    { host: config.METRICS_HOST, port: config.METRICS_PORT, log },
    config.JOBS_DASHBOARD === 'on' ? await dashboardOf(jobs.queues) : {},
  );
  closing.add(metrics.close);

  const producer = createProducer({ brokers, clientId: 'payment-worker', log });
  closing.add(producer.close);
  const consuming = createTopicsPatiently(admin, log, {
    prefix: topicPrefix,
    partitions: config.KAFKA_PARTITIONS,
    replicationFactor: config.KAFKA_REPLICATION_FACTOR,
  });
  const consumer = consuming.done.then(() =>
    startConsuming({
      ...{ brokers, topicPrefix, pool: db.pool, producer, precedence, log, onVerdict },
      maxRetries: config.PAYMENT_MAX_RETRIES,
      retryBaseMs: config.PAYMENT_RETRY_BASE_MS,
    }),
  );
  closing.add(async () => {
    consuming.giveUp();
    await consumer.then(({ close }) => close()).catch(() => undefined);
  });

  const http = createHttpApp({
    log,
    verifyToken: () => {
      throw unauthenticated('This service takes no tokens.');
    },
    corsOrigins: [],
    trustedProxies: false,
    metrics: httpMetrics(registry),
    checkAnswers: config.NODE_ENV === 'test',
  });
  implementHealth(http, {
    database: () => db.pool.query('select 1'),
    kafka: admin.check,
    consumer: async () => {
      await consuming.done;
      if (!(await consumer).health().isJoined) throw new Error('not in the group');
    },
  });
  const server = await serve(http, config);
  closing.add(server.close);
  return server.url;
}

/** Loaded only where it is wanted: it takes memory. */
async function dashboardOf(queues: WorkerJobs['queues']): Promise<InternalPages> {
  const { DASHBOARD_PATH, jobsDashboard } = await import('./jobs/dashboard.ts');
  return { [DASHBOARD_PATH]: jobsDashboard(queues) };
}
