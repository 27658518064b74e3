import { openOrdersDatabase } from '@ticketing/order-core/database';
import { withSyncLock } from '@ticketing/order-core/provider-sync';
import { createSettling } from '@ticketing/order-core/settle';
import { stripeVariables } from '@ticketing/order-effects/config';
import { createStripe } from '@ticketing/order-effects/stripe';
import { stripeAccount } from '@ticketing/order-effects/stripe-account';
import { createStripeLimiter } from '@ticketing/order-effects/stripe-limiter';
import { syncAll, type Synced } from '@ticketing/order-effects/sync/sync';
import type { SyncOptions } from '@ticketing/order-effects/sync/walk';
import { readDatabaseUrl } from '@ticketing/service-kit/command-database';
import { runCommand, type CommandOptions, type Output } from '@ticketing/service-kit/command-line';
import { readConfig } from '@ticketing/service-kit/config';
import { EXIT } from '@ticketing/service-kit/exit-status';
import { silentLog } from '@ticketing/service-kit/log';
import { errorText } from '@ticketing/service-kit/log-error';
import { z } from 'zod';
import { readArguments, type ReconcileArguments } from './arguments.ts';
import { HELP } from './help.mjs';
import { askAboutOpen } from './open-payments.ts';
import { openSentences, progress, syncSentences } from './print.ts';

const Environment = z.object(stripeVariables());

/** `pnpm reconcile …`; returns the exit status. */
export function runReconcile(args: string[], options: CommandOptions): Promise<number> {
  const run = (parsed: ReconcileArguments) => withAccess(options.env, (access) => reconcile(parsed, access, options));
  return runCommand({ name: 'pnpm reconcile', help: HELP, readArguments, run }, args, options);
}

async function withAccess<Result>(
  env: NodeJS.ProcessEnv,
  work: (access: SyncOptions) => Promise<Result>,
): Promise<Result> {
  const url = readDatabaseUrl(env, "the worker's role");
  const config = readConfig(Environment, env);
  const db = openOrdersDatabase({ url, poolSize: 2, applicationName: 'reconcile' });
  const settling = createSettling(db.pool);
  const stripe = createStripe({ secretKey: config.STRIPE_SECRET_KEY, apiBase: config.STRIPE_API_BASE });
  const limiter = createStripeLimiter(config.STRIPE_MAX_RPS);
  try {
    const access = { db, stripe, limiter, account: stripeAccount(stripe), settle: settling.submit };
    // What is found is printed.
    return await work({ ...access, log: silentLog });
  } finally {
    await settling.close();
    await db.close();
  }
}

async function reconcile(args: ReconcileArguments, access: SyncOptions, { out, err }: Output): Promise<number> {
  const { limit, isJson, since } = args;
  const open = await askAboutOpen(access, args);
  if (!isJson) for (const line of openSentences(open, limit)) out(line);
  let synced: Synced[] = [];
  let syncError: string | null = null;
  try {
    synced = await sync(access, since, err);
    if (!isJson) for (const line of syncSentences(synced)) out(line);
  } catch (error) {
    syncError = errorText(error);
    err(`Stripe's lists could not be gone through to their end; what was found is settled. Run it again: ${syncError}`);
  }
  if (isJson) out(JSON.stringify({ ...open, synced, syncError }));
  return open.failed.length > 0 || syncError !== null ? EXIT.failed : EXIT.done;
}

/** Tries, of some seconds each, to become the one who goes through what Stripe has. */
const LOCK_ATTEMPTS = 20;

async function sync(access: SyncOptions, since: Date | undefined, err: (text: string) => void): Promise<Synced[]> {
  const onProgress = (synced: Synced) => err(progress(synced));
  const work = () => syncAll(access, { since, onProgress });
  const synced = await withSyncLock(access.db.pool, work, LOCK_ATTEMPTS);
  if (!synced) throw new Error('another process goes through them, and was waited for for a minute.');
  return synced;
}
