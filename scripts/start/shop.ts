import { relative } from 'node:path';
import { roleUrl } from '@ticketing/database/roles';
import { logFormat } from '@ticketing/service-kit/config';
import { EXIT } from '@ticketing/service-kit/exit-status';
import type { Environment } from '../env.ts';
import { Interrupted, interruption } from '../run/interruption.ts';
import { runCaptured } from '../run/program.ts';
import { inRoot } from '../run/repository.ts';
import { buildQuietly } from '../run/turbo.ts';
import { inWords } from './data-folder/fault.ts';
import { recoverRemoval } from './data-folder/removal.ts';
import { requireResettable, reset } from './data-folder/reset.ts';
import { isLiveKey, wantsDemo } from './demo.ts';
import { guide } from './guide.ts';
import type { Crash } from './processes.ts';
import { claim, type Claim } from './running.ts';
import { provideSecrets } from './secrets.ts';
import { seed, type Admin, type Seeded } from './seed.ts';
import { readSettings } from './settings.ts';
import { startStack, type Stack } from './stack.ts';
import type { RunStep } from './step.ts';
import { showLogLine } from './log-line.ts';
import { showSteps } from './terminal.ts';
import { withoutPassword } from './without-password.ts';

export interface ShopOptions {
  env: Environment;
  dataDir: string;
  /** With Kafka, Redis and the worker. */
  full: boolean;
  /** Empty the data first. */
  reset: boolean;
  /** Without asking. */
  yes: boolean;
  /** With demo data, whatever database it is. */
  demo: boolean;
  verbose: boolean;
}

/** Starts the shop with demo data, says what to try, and closes it when it is interrupted. Returns the exit status. */
export async function runShop(options: ShopOptions): Promise<number> {
  const signal = interruption();
  const { dataDir, env } = options;
  try {
    const isDemoWanted = wantsDemo({
      isAsked: options.demo,
      databaseUrl: env.DATABASE_URL,
      stripeKey: env.STRIPE_SECRET_KEY,
    });
    if (options.reset) await requireResettable(dataDir);
    const ours = await claim(dataDir);
    try {
      return await runClaimed({ ...options, demo: isDemoWanted }, ours, signal);
    } finally {
      await ours.release();
    }
  } catch (error) {
    if (error instanceof Interrupted) return 0;
    const words = inWords(error, dataDir);
    throw words === undefined ? error : new Error(words, { cause: error });
  }
}

async function runClaimed(options: ShopOptions, ours: Claim, signal: AbortSignal): Promise<number> {
  const { env, dataDir, full, verbose, demo } = options;
  const settings = await readSettings(env, full);
  await recoverRemoval(dataDir);
  if (options.reset) {
    const servers = (['DATABASE_URL', 'KAFKA_BROKERS', 'REDIS_URL'] as const).filter((variable) => env[variable]);
    if (!(await reset({ dataDir, isConfirmed: options.yes, servers, signal }))) {
      console.log('Nothing was removed, and nothing is started.');
      return 1;
    }
  }
  const step = showSteps(signal);
  const stack = await startStack({
    ...settings,
    dataDir,
    demo: {
      isWanted: demo,
      isLive: isLiveKey(env.STRIPE_SECRET_KEY),
      onShutOut: (emails) => console.log(shutOut(emails)),
    },
    step,
    build: (note) => buildQuietly('./apps/*', { env: env.all, signal }, note),
    onLog: (name, text) => {
      const line = showLogLine(name, text, verbose);
      if (line) console.log(logFormat(env) === 'json' ? text : line);
    },
  });
  try {
    const crash = await Promise.race([
      welcome(stack, { ours, dataDir, step, demo, isDatabaseOwn: env.DATABASE_URL === undefined }).then(() =>
        interrupted(signal),
      ),
      stack.crashed,
    ]);
    if (crash) console.error(report(crash));
    return crash ? EXIT.failed : EXIT.done;
  } finally {
    console.log('\nStopping …');
    await stack.close();
  }
}

interface Welcome {
  ours: Claim;
  dataDir: string;
  step: RunStep;
  /** With demo data. */
  demo: boolean;
  /** Whether the database is the embedded server's. */
  isDatabaseOwn: boolean;
}

async function welcome(stack: Stack, { ours, dataDir, step, demo, isDatabaseOwn }: Welcome): Promise<void> {
  const seeded = demo ? await seedShown(stack, dataDir, step) : undefined;
  const { url, stripeUrl, databaseUrl, brokers, redisUrl } = stack;
  await ours.announce({
    ...{ url, stripeUrl, databaseUrl: withoutPassword(databaseUrl), isDatabaseOwn },
    ...(brokers && { kafkaBrokers: brokers }),
    ...(redisUrl && { redisUrl: withoutPassword(redisUrl) }),
  });
  console.log(guide(stack, seeded && { password: stack.demoPassword, sample: seeded.sample }, shown(dataDir)));
}

function seedShown(stack: Stack, dataDir: string, step: RunStep): Promise<Seeded> {
  return step('Demo data', async (note) => {
    const seeded = await seed(stack.url, stack.demoPassword, await adminOf(stack, dataDir));
    note(seeded.eventsAdded === 0 ? 'kept' : `${seeded.eventsAdded} events`);
    return seeded;
  });
}

const shutOut = (emails: string[]): string =>
  `The database has demo accounts whose password is known from an earlier start (${emails.join(', ')}). They have a random ` +
  'one now, which nobody knows.';

async function adminOf({ databaseUrl }: Stack, dataDir: string): Promise<Admin> {
  const { rolePasswords } = await provideSecrets(dataDir);
  const env = { DATABASE_URL: roleUrl(databaseUrl, 'gateway', rolePasswords.gateway) };
  return async (args, input) => {
    const { status, err } = await runCaptured(process.execPath, [inRoot('apps/gateway/dist/admin-cli.js'), ...args], {
      env,
      ...(input !== undefined && { input }),
    });
    if (status !== EXIT.done) throw new Error(`pnpm admin ${args.join(' ')}: ${err}`);
  };
}

function interrupted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined));
  });
}

function report({ process: name, how, lastLines, logFile }: Crash): string {
  const log = logFile ? ` (all of them: ${shown(logFile)})` : '';
  return [`\n${name} ended by itself: ${how}. Its last lines${log}:`, ...lastLines].join('\n  ');
}

const shown = (path: string): string => relative(inRoot(), path) || path;
