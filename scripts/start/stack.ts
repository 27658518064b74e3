import { join, resolve } from 'node:path';
import { createClosing } from '@ticketing/service-kit/closing';
import { inRoot } from '../run/repository.ts';
import { provideDatabase } from './database.ts';
import { makeRoomForLogs } from './logs.ts';
import { beginMessaging, type Messaging } from './messaging.ts';
import { origin, planProcesses, type ProcessName, type StripeAccount } from './plan.ts';
import { freePorts, type Ports, type ServerPorts } from './ports.ts';
import { createProcesses, type Crash } from './processes.ts';
import { provideSecrets } from './secrets.ts';
import { justRun, type RunStep } from './step.ts';

export interface StackOptions {
  /** Where the database, secrets and logs are kept. */
  dataDir: string;
  /** With Kafka, Redis and the worker: starts those servers that are not given. */
  full?: boolean;
  /** Of an existing Kafka, comma-separated. Where there is Kafka, there is the worker. */
  brokers?: string | undefined;
  /** Of an existing Redis. */
  redisUrl?: string | undefined;
  /** Absent ones: free ports. */
  ports?: Partial<Ports>;
  /** Of the Kafka and Redis that are started; absent ones: free ports. */
  serverPorts?: ServerPorts;
  /** An administrator's URL of an existing database; without it, an embedded server is started. */
  databaseUrl?: string | undefined;
  /** Without it, the local Stripe is started. */
  stripe?: StripeAccount | undefined;
  /** Signs Stripe's webhooks; without it, one is made and kept. */
  webhookSecret?: string | undefined;
  /** Environment of every service, under what is decided here. */
  env?: NodeJS.ProcessEnv;
  /** Makes the services, while the servers start; without it, they are made already. */
  build?: (note: (text: string) => void) => Promise<void>;
  step?: RunStep;
  /** Receives each line that a process writes. */
  onLog?: (process: ProcessName, line: string) => void;
}

export interface Stack extends Messaging {
  /** The one origin that answers everything. */
  url: string;
  ports: Ports;
  /** Where Stripe's API is asked. */
  stripeUrl: string;
  /** Whether that is the local stand-in, with which no money moves. */
  isStripeLocal: boolean;
  /** Whether mails leave this machine. */
  sendsMail: boolean;
  /** Administrator's. */
  databaseUrl: string;
  webhookSecret: string;
  /** Where there is a worker. */
  workerUrl?: string;
  /** Process ids of what runs: services and the local Stripe. */
  processes: () => Partial<Record<ProcessName, number>>;
  /** Settles when a process ends that nobody asked to. */
  crashed: Promise<Crash>;
  /** Kills a process with a signal and waits for its end. */
  kill: (name: ProcessName, signal: NodeJS.Signals) => Promise<void>;
  /** Starts a process again, stopping it first if it runs. */
  restart: (name: ProcessName) => Promise<void>;
  /** Ends all in reverse order; leaves no process. May be called twice. */
  close: () => Promise<void>;
}

const STRIPE_API = 'https://api.stripe.com';

/**
 * Starts the whole shop: Postgres, migrated; the local Stripe; the built services as separate processes behind one
 * origin; if it is to be full, Kafka, Redis and the worker. When something fails, what was started before it is stopped
 * again.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { step = justRun, stripe, full = false, env = {} } = options;
  const dataDir = resolve(inRoot(), options.dataDir);
  const closing = createClosing();
  const crash = Promise.withResolvers<Crash>();
  try {
    const logs = join(dataDir, 'logs');
    await makeRoomForLogs(logs);
    const [secrets, ports] = await Promise.all([provideSecrets(dataDir), decidePorts(options.ports)]);
    const webhookSecret = options.webhookSecret ?? secrets.stripeWebhookSecret;

    const { brokers, redisUrl, serverPorts = {} } = options;
    const given = { dataDir, full, brokers, redisUrl, ports: serverPorts };
    const begun = await beginMessaging({ ...given, onCrash: crash.resolve });
    closing.add(begun.stop);
    if (options.build) await step('Build', options.build);

    const { rolePasswords } = secrets;
    const database = await provideDatabase({
      dataDir,
      databaseUrl: options.databaseUrl,
      rolePasswords,
      step,
      onCrash: (lastLines) => crash.resolve({ process: 'postgres', how: 'the server has stopped', lastLines }),
    });
    closing.add(database.stop);

    const messaging = await begun.ready(step);

    const plans = planProcesses({
      ...{ dataDir, databaseUrl: database.url, ports, secrets, stripe, webhookSecret, env },
      ...{ brokers: messaging.brokers, redisUrl: messaging.redisUrl },
    });
    const processes = createProcesses({ plans, logs, onLog: options.onLog, onCrash: crash.resolve });
    closing.add(processes.stopAll);
    if (plans['local-stripe']) {
      await step('Local Stripe', async (note) => {
        await processes.start('local-stripe');
        note('no STRIPE_SECRET_KEY is set, so no money moves');
      });
    }
    await step('Services', async (note) => {
      const apps = (Object.keys(plans) as ProcessName[]).filter((name) => name !== 'local-stripe');
      await startTogether(apps, processes.start);
      note(apps.reverse().join(', '));
    });

    return {
      ...messaging,
      url: `http://localhost:${ports.gateway}`,
      ports,
      stripeUrl: stripe ? (stripe.apiBase ?? STRIPE_API) : origin(ports.stripe),
      isStripeLocal: !stripe,
      sendsMail: options.env?.SMTP_URL !== undefined,
      databaseUrl: database.url,
      webhookSecret,
      ...(plans['payment-worker'] && { workerUrl: origin(ports.worker) }),
      processes: processes.pids,
      crashed: crash.promise,
      kill: processes.kill,
      restart: async (name) => {
        await processes.stop(name);
        await processes.start(name);
      },
      close: closing.close,
    };
  } catch (error) {
    await closing.close();
    throw error;
  }
}

async function decidePorts(wanted: Partial<Ports> = {}): Promise<Ports> {
  const [gateway = 0, events = 0, orders = 0, worker = 0, stripe = 0] = await freePorts(5);
  return { gateway, events, orders, worker, stripe, ...wanted };
}

/** Waits for all even if one fails, so that those that did start are known when all is stopped. */
async function startTogether(names: ProcessName[], start: (name: ProcessName) => Promise<void>): Promise<void> {
  const results = await Promise.allSettled(names.map(start));
  const failures = results.filter((result) => result.status === 'rejected').map(({ reason }) => reason as Error);
  const [first] = failures;
  if (!first) return;
  throw failures.length === 1 ? first : new Error(failures.map(({ message }) => message).join('\n\n'));
}
