import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createClosing } from '@ticketing/service-kit/closing';
import { inRoot } from '../run/repository.ts';
import { provideDatabase } from './database.ts';
import { APPS, origin, planProcesses, type ProcessName, type StripeAccount } from './plan.ts';
import { freePorts, type Ports } from './ports.ts';
import { createProcesses, type Crash } from './processes.ts';
import { provideSecrets } from './secrets.ts';
import { justRun, type RunStep } from './step.ts';

export interface StackOptions {
  /** Where the database, secrets and logs are kept. */
  dataDir: string;
  /** Absent ones: free ports. */
  ports?: Partial<Ports>;
  /** An administrator's URL of an existing database; without it, an embedded server is started. */
  databaseUrl?: string | undefined;
  /** Without it, the local Stripe is started. */
  stripe?: StripeAccount | undefined;
  /** Signs Stripe's webhooks; without it, one is made and kept. */
  webhookSecret?: string | undefined;
  /** Environment of every service, under what is decided here. */
  env?: NodeJS.ProcessEnv;
  step?: RunStep;
  /** Receives each line that a process writes. */
  onLog?: (process: ProcessName, line: string) => void;
}

export interface Stack {
  /** The one origin that answers everything. */
  url: string;
  ports: Ports;
  /** Where Stripe's API is asked. */
  stripeUrl: string;
  /** Whether that is the local stand-in, with which no money moves. */
  isStripeLocal: boolean;
  /** Administrator's. */
  databaseUrl: string;
  webhookSecret: string;
  /** Process ids of what runs. */
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
 * Starts the whole shop in standalone mode: Postgres, migrated; the local Stripe; the built services as separate
 * processes behind one origin. When something fails, what was started before it is stopped again.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { step = justRun, stripe, env = {} } = options;
  const dataDir = resolve(inRoot(), options.dataDir);
  const closing = createClosing();
  const crash = Promise.withResolvers<Crash>();
  try {
    const logs = join(dataDir, 'logs');
    await rm(logs, { recursive: true, force: true });
    await mkdir(logs, { recursive: true });
    const [secrets, ports] = await Promise.all([provideSecrets(dataDir), decidePorts(options.ports)]);
    const webhookSecret = options.webhookSecret ?? secrets.stripeWebhookSecret;

    const { rolePasswords } = secrets;
    const database = await provideDatabase({
      dataDir,
      databaseUrl: options.databaseUrl,
      rolePasswords,
      step,
      onCrash: (lastLines) => crash.resolve({ process: 'postgres', how: 'the server has stopped', lastLines }),
    });
    closing.add(database.stop);

    const plans = planProcesses({ dataDir, databaseUrl: database.url, ports, secrets, stripe, webhookSecret, env });
    const processes = createProcesses({ plans, logs, onLog: options.onLog, onCrash: crash.resolve });
    closing.add(processes.stopAll);
    if (plans['local-stripe']) {
      await step('Local Stripe', async (note) => {
        await processes.start('local-stripe');
        note('no STRIPE_SECRET_KEY is set, so no money moves');
      });
    }
    await step('Services', async (note) => {
      await startTogether(processes.start);
      note(APPS.join(', '));
    });

    return {
      url: `http://localhost:${ports.gateway}`,
      ports,
      stripeUrl: stripe ? (stripe.apiBase ?? STRIPE_API) : origin(ports.stripe),
      isStripeLocal: !stripe,
      databaseUrl: database.url,
      webhookSecret,
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
  const [gateway = 0, events = 0, orders = 0, stripe = 0] = await freePorts(4);
  return { gateway, events, orders, stripe, ...wanted };
}

/** Waits for all even if one fails, so that those that did start are known when all is stopped. */
async function startTogether(start: (name: ProcessName) => Promise<void>): Promise<void> {
  const results = await Promise.allSettled(APPS.map(start));
  const failures = results.filter((result) => result.status === 'rejected').map(({ reason }) => reason as Error);
  const [first] = failures;
  if (!first) return;
  throw failures.length === 1 ? first : new Error(failures.map(({ message }) => message).join('\n\n'));
}
