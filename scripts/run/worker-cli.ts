import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { roleUrl } from '@ticketing/database/roles';
import { readRunning } from '../start/running.ts';
import { readSecrets } from '../start/secrets.ts';
import { runShown } from './program.ts';
import { inRoot } from './repository.ts';

/** What the commands of the payment worker need to know of the running `npm start`. */
export interface RunningWorker {
  variables: { DATABASE_URL: string; KAFKA_BROKERS?: string };
  /** Where Stripe's API is asked. */
  stripeUrl: string;
}

/** What the `npm start` on a data folder gives its worker; undefined if none is running. */
export async function readRunningWorker(folder: string): Promise<RunningWorker | undefined> {
  const dataDir = resolve(inRoot(), folder);
  const [running, secrets] = await Promise.all([readRunning(dataDir), readSecrets(dataDir)]);
  if (!running?.stack || !secrets) return undefined;
  const { databaseUrl, kafkaBrokers, stripeUrl } = running.stack;
  const url = roleUrl(databaseUrl, 'worker', secrets.rolePasswords.worker);
  return { variables: { DATABASE_URL: url, ...(kafkaBrokers && { KAFKA_BROKERS: kafkaBrokers }) }, stripeUrl };
}

/** The local Stripe takes any key of this form. */
const LOCAL_STRIPE_KEY = 'sk_test_local';

/** How a running `npm start` reaches Stripe. Of a shop on a real Stripe account, the key is known to its environment only. */
export function localStripe(
  { stripeUrl }: RunningWorker,
  env: { STRIPE_SECRET_KEY?: string | undefined },
): NodeJS.ProcessEnv {
  if (env.STRIPE_SECRET_KEY) return {};
  const isLocal = new URL(stripeUrl).hostname === '127.0.0.1';
  return { ...(isLocal && { STRIPE_SECRET_KEY: LOCAL_STRIPE_KEY }), STRIPE_API_BASE: stripeUrl };
}

/** Runs a built command of the payment worker on this terminal, in this environment. Returns its exit status. */
export async function runWorkerCli(
  name: 'dlq' | 'jobs' | 'reconcile' | 'refunds',
  args: string[],
  env: NodeJS.ProcessEnv | undefined,
): Promise<number> {
  const cli = inRoot(`apps/payment-worker/dist/${name}-cli.js`);
  const isHelp = args.some((arg) => arg === '--help' || arg === '-h');
  if (existsSync(cli) && (env !== undefined || isHelp)) {
    return runShown(process.execPath, [cli, ...args], env && { env });
  }
  console.error(
    env === undefined
      ? 'Nothing is running here: run `npm start` in another terminal first, or set DATABASE_URL to the database of the ' +
          "worker's role, and what else the command's --help lists."
      : 'The payment worker is not built: run `pnpm build` first.',
  );
  return 1;
}
