// `pnpm reconcile`: asks Stripe about payments of which nothing was heard.
import { readEnvironment } from './env.ts';
import { readRunningWorker, runWorkerCli } from './run/worker-cli.ts';

/** The local Stripe takes any key of this form. */
const LOCAL_STRIPE_KEY = 'sk_test_local';

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  const env = readEnvironment();
  if (env.DATABASE_URL !== undefined) return runWorkerCli('reconcile', args, env.all);
  const running = await readRunningWorker(env.DATA_DIR);
  if (!running) return runWorkerCli('reconcile', args, undefined);
  // Of a shop on a real Stripe account, the key is known to its own environment only.
  const stripe = env.STRIPE_SECRET_KEY
    ? {}
    : {
        ...(isLocal(running.stripeUrl) && { STRIPE_SECRET_KEY: LOCAL_STRIPE_KEY }),
        STRIPE_API_BASE: running.stripeUrl,
      };
  return runWorkerCli('reconcile', args, { ...env.all, ...running.variables, ...stripe });
}

function isLocal(url: string): boolean {
  return new URL(url).hostname === '127.0.0.1';
}
