// `pnpm reconcile`: asks Stripe about payments of which nothing was heard, and goes through what Stripe has.
import { readEnvironment } from './env.ts';
import { localStripe, readRunningWorker, runWorkerCli } from './run/worker-cli.ts';

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  const env = readEnvironment();
  if (env.DATABASE_URL !== undefined) return runWorkerCli('reconcile', args, env.all);
  const running = await readRunningWorker(env.DATA_DIR);
  return runWorkerCli('reconcile', args, running && { ...env.all, ...running.variables, ...localStripe(running, env) });
}
