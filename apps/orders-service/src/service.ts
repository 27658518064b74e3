import { createProducer, type Producer } from '@ticketing/kafka/producer';
import type { Batcher } from '@ticketing/order-core/batcher';
import { openOrdersDatabase } from '@ticketing/order-core/database';
import { writePaymentMode } from '@ticketing/order-core/payment-mode';
import { createPlacing } from '@ticketing/order-core/place';
import { createSettling } from '@ticketing/order-core/settle';
import { accessTokenVerifier } from '@ticketing/service-kit/access-token';
import { createClosing, type Closing } from '@ticketing/service-kit/closing';
import { implementHealth } from '@ticketing/service-kit/health';
import { createHttpApp } from '@ticketing/service-kit/http-app';
import type { Logger } from '@ticketing/service-kit/log';
import { createRegistry, httpMetrics, serveMetrics } from '@ticketing/service-kit/metrics';
import type { RunningService } from '@ticketing/service-kit/run-service';
import { startJobs, startSweep } from '@ticketing/order-effects/background';
import { serve } from '@ticketing/service-kit/serve';
import type pg from 'pg';
import { Counter, type Registry } from 'prom-client';
import type { OrdersConfig } from './config.ts';
import { implementOrders } from './order-http.ts';
import { openLimitsRedis, openOrderLimits } from './order-limits.ts';
import { createIntake } from './payment-intake.ts';
import { implementPayments } from './payment-http.ts';
import type { JobOptions } from '@ticketing/order-effects/job';
import { logWhereMailsGo, mailSettings } from '@ticketing/mail/config';
import { openMailer } from '@ticketing/mail/transport';
import { outboxMetrics } from '@ticketing/order-effects/outbox-metrics';
import { createPrecedence, type Precedence } from '@ticketing/order-effects/precedence';
import { countSettledByAsking } from '@ticketing/order-effects/settled-by-asking';
import { openStripe } from '@ticketing/order-effects/open-stripe';
import { stripeMode } from '@ticketing/order-effects/stripe';
import { createStripeLimiter } from '@ticketing/order-effects/stripe-limiter';
import { countRefusedWebhooks } from './refused-webhooks.ts';
import { implementWebhook } from './stripe-webhook.ts';
import { implementTickets, sayOfNoTicket } from './ticket-http.ts';

/** Starts orders-service with everything it needs; `close` finishes what is under way and gives it all back. */
export async function startService(config: OrdersConfig, log: Logger): Promise<RunningService> {
  const closing = createClosing();
  try {
    return { url: await start(config, log, closing), close: closing.close };
  } catch (error) {
    await closing.close();
    throw error;
  }
}

async function start(config: OrdersConfig, log: Logger, closing: Closing): Promise<string> {
  const db = openOrdersDatabase({
    url: config.DATABASE_URL,
    poolSize: config.DATABASE_POOL_SIZE,
    applicationName: 'orders-service',
    onIdleError: (error) => log.warn({ err: error }, 'an idle database connection broke'),
  });
  closing.add(db.close);
  const registry = createRegistry('orders-service');
  closing.add(() => registry.clear());
  const { stripe, account } = await openStripe(config, { registry, log });
  const redis = openLimitsRedis(config, log, closing);
  const limiter = createStripeLimiter(config.STRIPE_MAX_RPS, redis);
  const precedence = createPrecedence();
  const { ORDER_HOLD_SECONDS: holdSeconds, ORDER_OPEN_HOLDS: maxOpenHolds } = config;
  const placing = goingFirst(precedence, createPlacing(db.pool, { holdSeconds, maxOpenHolds }));
  closing.add(placing.close);
  const settling = goingFirst(precedence, createSettling(db.pool));
  closing.add(settling.close);
  const jobs = startBackground(
    config,
    { db, stripe, limiter, account, precedence, settle: settling.submit, log },
    { closing, registry },
  );
  const metrics = await serveMetrics(registry, { host: config.METRICS_HOST, port: config.METRICS_PORT, log });
  closing.add(metrics.close);

  const http = createHttpApp({
    log,
    verifyToken: accessTokenVerifier({ current: config.JWT_SECRET, previous: config.JWT_SECRET_PREVIOUS }),
    corsOrigins: config.CORS_ORIGINS,
    trustedProxies: config.TRUSTED_PROXIES,
    metrics: httpMetrics(registry),
    sayOfNothing: sayOfNoTicket,
    checkAnswers: config.NODE_ENV === 'test',
  });
  const publishMode = publisherOfMode(config, db.pool);
  await publishMode().catch((error: unknown) =>
    log.warn({ err: error }, 'whether payments are real is not published yet'),
  );
  implementHealth(http, { database: () => Promise.all([publishMode(), db.pool.query('select 1')]) });
  implementWebhook(http, {
    db,
    stripe,
    mode: stripeMode(config.STRIPE_SECRET_KEY),
    secrets: config.STRIPE_WEBHOOK_SECRET,
    takeIn: createIntake({ producer: openProducer(config, log, closing), settle: settling.submit, log }),
    onRefundDue: jobs.poke,
    onOutcome: reportCounter(registry),
    onRefused: countRefusedWebhooks(registry, log),
    log,
  });
  implementOrders(http, { db, placing, limits: openOrderLimits(config, { redis, log }, closing) });
  implementPayments(http, {
    ...{ db, stripe, limiter, account, settling, onRefundDue: jobs.poke },
    offersDelayedMethods: config.STRIPE_DELAYED_METHODS === 'on',
  });
  implementTickets(http, db);
  const server = await serve(http, config);
  closing.add(server.close);
  return server.url;
}

/** Publishes whether payments are real, once: called again, it tries again only if that failed. */
function publisherOfMode(config: OrdersConfig, pool: pg.Pool): () => Promise<void> {
  let isDone = false;
  return async () => {
    if (isDone) return;
    await writePaymentMode(pool, stripeMode(config.STRIPE_SECRET_KEY) === 'live' ? 'live' : 'test');
    isDone = true;
  };
}

function goingFirst<Item, Result>({ first }: Precedence, batcher: Batcher<Item, Result>): Batcher<Item, Result> {
  return { ...batcher, submit: (item) => first(() => batcher.submit(item)) };
}

/** Beside Kafka there is a worker, which runs the jobs and has their metrics; ending holds needs nothing but the database. */
function startBackground(
  config: OrdersConfig,
  options: Omit<JobOptions, 'mailer' | 'mailFrom'>,
  { closing, registry }: { closing: Closing; registry: Registry },
): { poke: () => void } {
  closing.add(startSweep(options).close);
  if (config.KAFKA_BROKERS?.length) return { poke: () => undefined };
  outboxMetrics(registry, options.db.pool);
  const mail = mailSettings(config);
  logWhereMailsGo(options.log, config);
  const mailer = openMailer(mail);
  closing.add(mailer.close);
  const onSettledByAsking = countSettledByAsking(registry);
  const jobs = startJobs({ ...options, mailer, mailFrom: mail.from, onSettledByAsking });
  closing.add(jobs.close);
  return jobs;
}

function openProducer(config: OrdersConfig, log: Logger, closing: Closing): Producer | undefined {
  const { KAFKA_BROKERS: brokers } = config;
  if (!brokers?.length) return undefined;
  const producer = createProducer({ brokers, clientId: 'orders-service', log });
  closing.add(producer.close);
  return producer;
}

function reportCounter(registry: Registry): (outcome: string) => void {
  const reports = new Counter({
    name: 'stripe_reports_total',
    help: "Stripe's verified webhooks by what they came to: queued, paid, duplicate, ignored, rejected …",
    labelNames: ['outcome'] as const,
    registers: [registry],
  });
  return (outcome) => reports.inc({ outcome });
}
