import { readdir, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { roleUrl } from '@ticketing/database/roles';
import { EXIT } from '@ticketing/service-kit/exit-status';
import type { Environment } from '../env.ts';
import { Interrupted, interruption } from '../run/interruption.ts';
import { runCaptured } from '../run/program.ts';
import { inRoot } from '../run/repository.ts';
import { buildQuietly } from '../run/turbo.ts';
import { guide } from './guide.ts';
import type { Crash } from './processes.ts';
import { claim, type Claim } from './running.ts';
import { provideSecrets } from './secrets.ts';
import { seed, type Admin } from './seed.ts';
import { readSettings } from './settings.ts';
import { startStack, type Stack } from './stack.ts';
import { stopLeftovers } from './leftovers.ts';
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
  verbose: boolean;
}

/** Starts the shop with demo data, says what to try, and closes it when it is interrupted. Returns the exit status. */
export async function runShop(options: ShopOptions): Promise<number> {
  const signal = interruption();
  const ours = await claim(options.dataDir);
  try {
    return await runClaimed(options, ours, signal);
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    return 0;
  } finally {
    await ours.release();
  }
}

async function runClaimed(options: ShopOptions, ours: Claim, signal: AbortSignal): Promise<number> {
  const { env, dataDir, full, reset, verbose } = options;
  const settings = await readSettings(env, full);
  if (reset) await empty(dataDir);
  const step = showSteps(signal);
  const stack = await startStack({
    ...settings,
    dataDir,
    step,
    build: (note) => buildQuietly('./apps/*', { env: env.all, signal }, note),
    onLog: (name, text) => {
      const line = showLogLine(name, text, verbose);
      if (line) console.log(line);
    },
  });
  try {
    const crash = await Promise.race([
      welcome(stack, { ours, dataDir, step, isDatabaseOwn: env.DATABASE_URL === undefined }).then(() =>
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
  /** Whether the database is the embedded server's. */
  isDatabaseOwn: boolean;
}

async function welcome(stack: Stack, { ours, dataDir, step, isDatabaseOwn }: Welcome): Promise<void> {
  const { sample } = await step('Demo data', async (note) => {
    const seeded = await seed(stack.url, await adminOf(stack, dataDir));
    note(seeded.eventsAdded === 0 ? 'kept' : `${seeded.eventsAdded} events`);
    return seeded;
  });
  const { url, stripeUrl, databaseUrl, brokers, redisUrl } = stack;
  await ours.announce({
    ...{ url, stripeUrl, databaseUrl: withoutPassword(databaseUrl), isDatabaseOwn },
    ...(brokers && { kafkaBrokers: brokers }),
    ...(redisUrl && { redisUrl: withoutPassword(redisUrl) }),
  });
  console.log(guide(stack, sample, shown(dataDir)));
}

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

/** The claim on the folder stays. */
async function empty(dataDir: string): Promise<void> {
  const names = (await readdir(dataDir)).filter((name) => name !== 'running.json');
  if (names.length === 0) return;
  await stopLeftovers(dataDir);
  console.log(`Removing from ${shown(dataDir)}: ${names.join(', ')}`);
  await Promise.all(names.map((name) => rm(join(dataDir, name), { recursive: true, force: true })));
}

const shown = (path: string): string => relative(inRoot(), path) || path;
