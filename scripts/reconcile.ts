// `pnpm reconcile`: asks Stripe about payments of which nothing was heard, and goes through what Stripe has.
import { runAsProcess } from '@ticketing/service-kit/command-line';
import { readEnvironment } from './env.ts';
import { readRunningShop, stripeOf, workerVariables } from './run/running-shop.ts';
import { runServiceCommand } from './run/service-command.ts';

await runAsProcess(async (args) => {
  const env = readEnvironment();
  if (env.DATABASE_URL !== undefined) return runServiceCommand('reconcile', args);
  const shop = await readRunningShop(env.DATA_DIR);
  return runServiceCommand('reconcile', args, shop && { ...workerVariables(shop), ...stripeOf(shop, env) });
});
