import { readdir, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Environment } from '../env.ts';
import { Interrupted, interruption } from '../run/interruption.ts';
import { inRoot } from '../run/repository.ts';
import { buildQuietly } from '../run/turbo.ts';
import { guide } from './guide.ts';
import type { Crash } from './processes.ts';
import { claim, type Claim } from './running.ts';
import { seed } from './seed.ts';
import { readSettings } from './settings.ts';
import { startStack, type Stack } from './stack.ts';
import type { RunStep } from './step.ts';
import { showLogLine, showSteps } from './terminal.ts';

export interface ShopOptions {
  env: Environment;
  dataDir: string;
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
  const { env, dataDir, reset, verbose } = options;
  const settings = await readSettings(env);
  if (reset) await empty(dataDir);
  const step = showSteps(signal);
  await step('Build', (note) => buildQuietly('./apps/*', { env: env.all, signal }, note));
  const stack = await startStack({
    ...settings,
    dataDir,
    step,
    onLog: (name, text) => {
      const line = showLogLine(name, text, verbose);
      if (line) console.log(line);
    },
  });
  try {
    const crash = await Promise.race([
      welcome(stack, ours, dataDir, step).then(() => interrupted(signal)),
      stack.crashed,
    ]);
    if (crash) console.error(report(crash, dataDir));
    return crash ? 1 : 0;
  } finally {
    console.log('\nStopping …');
    await stack.close();
  }
}

async function welcome(stack: Stack, ours: Claim, dataDir: string, step: RunStep): Promise<void> {
  const { sample } = await step('Demo data', async (note) => {
    const seeded = await seed(stack.url);
    note(seeded.eventsAdded === 0 ? 'kept' : `${seeded.eventsAdded} events`);
    return seeded;
  });
  const { url, stripeUrl, databaseUrl } = stack;
  await ours.announce({ url, stripeUrl, databaseUrl: withoutPassword(databaseUrl) });
  console.log(guide(stack, sample, shown(dataDir)));
}

function interrupted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined));
  });
}

function report({ process: name, how, lastLines }: Crash, dataDir: string): string {
  const log = name === 'postgres' ? '' : ` (all of them: ${join(shown(dataDir), 'logs', `${name}.log`)})`;
  return [`\n${name} ended by itself: ${how}. Its last lines${log}:`, ...lastLines].join('\n  ');
}

/** The claim on the folder stays. */
async function empty(dataDir: string): Promise<void> {
  const names = (await readdir(dataDir)).filter((name) => name !== 'running.json');
  if (names.length === 0) return;
  console.log(`Removing from ${shown(dataDir)}: ${names.join(', ')}`);
  await Promise.all(names.map((name) => rm(join(dataDir, name), { recursive: true, force: true })));
}

const shown = (dataDir: string): string => relative(inRoot(), dataDir) || dataDir;

function withoutPassword(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  url.username = '';
  url.password = '';
  return url.href;
}
