import { runDlq } from '../src/dlq/command.ts';
import { runJobs } from '../src/jobs/command.ts';
import { runReconcile } from '../src/reconcile/command.ts';
import { runRefunds } from '../src/refunds/command.ts';
import type { Output } from '@ticketing/service-kit/command-line';
import type { World } from './worker.ts';

/** What a command said and how it ended. */
export interface Ran {
  status: number;
  out: string;
  err: string;
}

/** `pnpm reconcile …` on a world. */
export function reconcile(world: World, args: string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  return run((output) => runReconcile(args, { env: { ...environment(world), ...env }, ...output }));
}

/** `pnpm dlq …` on a world. */
export function dlq(world: World, args: string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  const variables = { KAFKA_BROKERS: world.brokers, ...environment(world), ...env };
  return run((output) => runDlq(args, { env: variables, topicPrefix: world.prefix, ...output }));
}

/** `pnpm jobs …` on a world. */
export function jobs(world: World, ...args: string[]): Promise<Ran> {
  return run((output) => runJobs(args, { env: { DATABASE_URL: world.database.urls.worker }, ...output }));
}

/** `npm run refunds -- …` on a world. */
export function refunds(world: World, ...args: string[]): Promise<Ran> {
  return run((output) => runRefunds(args, { env: { DATABASE_URL: world.database.urls.worker }, ...output }));
}

function environment({ database, stripe }: World): NodeJS.ProcessEnv {
  return {
    DATABASE_URL: database.urls.worker,
    STRIPE_SECRET_KEY: 'sk_test_local',
    STRIPE_API_BASE: stripe.url,
    STRIPE_MAX_RPS: '1000',
  };
}

async function run(command: (output: Output) => Promise<number>): Promise<Ran> {
  const out: string[] = [];
  const err: string[] = [];
  const status = await command({ out: (text) => out.push(text), err: (text) => err.push(text) });
  return { status, out: out.join('\n'), err: err.join('\n') };
}
