import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { migrateAll } from '@ticketing/database/migrate-all';
import { roleUrl } from '@ticketing/database/roles';
import { createClosing, type Closing } from '@ticketing/service-kit/closing';
import { present } from '@ticketing/service-kit/present';
import type { LocalStripe } from '@ticketing/testing/local-stripe';
import { startTcpProxy, type TcpProxy } from '@ticketing/testing/tcp-proxy';
import { inRoot } from '../../run/repository.ts';
import { origin, planProcesses, type AppName, type Plan } from '../../start/plan.ts';
import type { Ports } from '../../start/ports.ts';
import { provideSecrets } from '../../start/secrets.ts';
import { STRIPE_KEY } from '../crowd/place.ts';
import type { Random } from '../random.ts';
import { MAX_OPEN_HOLDS } from '../settings.ts';
import { startMailServer, type MailServer } from './mail-server.ts';
import { quietPorts } from './quiet-ports.ts';
import { createReplica, type Replica } from './replica.ts';
import { startKafka, startPostgres, startRedis, type Kafka, type Postgres, type Redis } from './servers.ts';
import { startRenewableStripe } from './stripe.ts';

export type Mode = 'standalone' | 'full';

export interface ShopOptions {
  mode: Mode;
  /** Temporary; for the servers' data. */
  folder: string;
  /** Stays; for the processes' logs. */
  logs: string;
  random: Random;
  holdSeconds: number;
  /** Worst that a service's clock is wrong by. */
  maxClockOffsetMs: number;
  /** Another program in place of an app's built one. */
  programs?: Partial<Record<AppName, string>>;
  /** Told what takes long, such as a download that happens once. */
  onStep: (what: string) => void;
  /** A process ended by itself. */
  onCrash: (how: string) => void;
}

/** The whole shop, each part of which can be killed, cut off and slowed. */
export interface FragileShop {
  /** The one origin that buyers use. */
  url: string;
  readonly stripe: LocalStripe;
  /** Puts an empty local Stripe in the place of the one there is. */
  renewStripe: () => Promise<void>;
  mails: MailServer;
  jwtSecret: string;
  /** Past every proxy, for those who watch. */
  databaseUrl: string;
  /** The same, for the worker's commands. */
  workerDatabaseUrl: string;
  brokers: string | undefined;
  postgres: Postgres;
  kafka: Kafka | undefined;
  redis: Redis | undefined;
  replicas: Replica[];
  /** Proxies by what they connect: `orders-service-1 → Postgres`. */
  links: Map<string, TcpProxy>;
  close: () => Promise<void>;
}

/** Two of what can be scaled. */
const REPLICAS = {
  'events-service': 1,
  'orders-service': 2,
  'payment-worker': 2,
  gateway: 1,
} as const satisfies Record<AppName, number>;

export async function startFragileShop(options: ShopOptions): Promise<FragileShop> {
  const closing = createClosing();
  try {
    return await start(options, closing);
  } catch (error) {
    await closing.close();
    throw error;
  }
}

async function start(options: ShopOptions, closing: Closing): Promise<FragileShop> {
  const { mode, folder, logs, random } = options;
  await mkdir(logs, { recursive: true });
  const isFull = mode === 'full';
  const secrets = await provideSecrets(folder);
  const [postgres, kafka, redis] = await Promise.all([
    opened(closing, startPostgres(folder)),
    isFull ? opened(closing, startKafka(folder, options.onStep)) : undefined,
    isFull ? opened(closing, startRedis(folder, options.onStep)) : undefined,
  ]);
  await migrateAll({ adminUrl: postgres.url, rolePasswords: secrets.rolePasswords });

  const links = new Map<string, TcpProxy>();
  const link = async (name: string, ...targets: [string, ...string[]]) => {
    const proxy = await startTcpProxy(...targets);
    closing.add(proxy.close);
    links.set(name, proxy);
    return proxy;
  };
  const [gatewayPort = 0, eventsPort = 0, ...others] = await quietPorts(2 + 2 * 2);
  const ordersPorts = others.slice(0, 2);
  const workerPorts = others.slice(2);

  const stripe = await startRenewableStripe({
    webhookSecret: secrets.stripeWebhookSecret,
    webhookUrl: `${origin(gatewayPort)}/orders/webhook`,
    random: random.fork('stripe'),
  });
  closing.add(stripe.close);
  const mails = await startMailServer();
  closing.add(mails.close);
  const mailLink = await link('services → SMTP', mails.url);
  const stripeLink = await link('services → Stripe', stripe.current().url);
  const orders = ordersPorts.map(origin) as [string, ...string[]];
  const balancer = await link('gateway → orders-service', ...orders);
  const redisLink = redis && (await link('services → Redis', redis.url));
  if (kafka) links.set('services → Kafka', kafka.proxy);

  const planOf = async (app: AppName, name: string, ports: Partial<Ports>): Promise<Plan> => {
    const plans = planProcesses({
      dataDir: folder,
      databaseUrl: (await link(`${name} → Postgres`, postgres.url)).url,
      ports: { gateway: gatewayPort, events: eventsPort, orders: balancer.port, worker: 0, stripe: 0, ...ports },
      secrets,
      stripe: { secretKey: STRIPE_KEY, apiBase: stripeLink.url.replace(/\/$/, '') },
      webhookSecret: secrets.stripeWebhookSecret,
      brokers: kafka && `127.0.0.1:${kafka.proxy.port}`,
      redisUrl: redisLink?.url,
      env: {
        NODE_ENV: 'production',
        PATH: process.env.PATH,
        LOG_LEVEL: 'info',
        RATE_LIMITS: 'off',
        STRIPE_MAX_RPS: '1000',
        SMTP_URL: mailLink.url,
        MAIL_FROM: 'Tickets <tickets@shop.example>',
        ORDER_HOLD_SECONDS: String(options.holdSeconds),
        ORDER_OPEN_HOLDS: String(MAX_OPEN_HOLDS),
        STRIPE_DELAYED_METHODS: 'on',
      },
    });
    return withProgram(present(plans[app]), app, options.programs?.[app]);
  };
  const replicas: Replica[] = [];
  for (const app of ['payment-worker', 'orders-service', 'events-service', 'gateway'] as const) {
    if (app === 'payment-worker' && !isFull) continue;
    for (let number = 1; number <= REPLICAS[app]; number++) {
      const name = REPLICAS[app] === 1 ? app : `${app}-${number}`;
      const ports: Partial<Ports> = {
        ...(app === 'orders-service' && { orders: present(ordersPorts[number - 1]) }),
        ...(app === 'payment-worker' && { worker: present(workerPorts[number - 1]) }),
      };
      const replica = createReplica({
        name,
        plan: await planOf(app, name, ports),
        logFile: join(logs, `${name}.log`),
        clockOffsetMs: clockOffset(random.fork(`clock/${name}`), options.maxClockOffsetMs),
        onCrash: options.onCrash,
      });
      closing.add(replica.stop);
      replicas.push(replica);
    }
  }
  // Waits for all even if one fails, so that none is left behind.
  const outcomes = await Promise.allSettled(replicas.map(({ start: startIt }) => startIt()));
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;

  return {
    ...{ url: origin(gatewayPort), jwtSecret: secrets.jwtSecret, databaseUrl: postgres.url },
    workerDatabaseUrl: roleUrl(postgres.url, 'worker', secrets.rolePasswords.worker),
    ...{ mails, brokers: kafka?.brokers, postgres, kafka, redis, replicas, links },
    get stripe() {
      return stripe.current();
    },
    renewStripe: stripe.renew,
    close: closing.close,
  };
}

async function opened<Server extends { stop: () => Promise<void> }>(closing: Closing, starting: Promise<Server>) {
  const server = await starting;
  closing.add(server.stop);
  return server;
}

function clockOffset(random: Random, maxMs: number): number {
  return maxMs === 0 ? 0 : random.between(-maxMs, maxMs);
}

function withProgram(plan: Plan, app: AppName, program: string | undefined): Plan {
  if (program === undefined) return plan;
  const built = inRoot('apps', app, 'dist', 'main.js');
  return { ...plan, args: plan.args.map((argument) => (argument === built ? program : argument)) };
}
