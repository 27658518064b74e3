// `pnpm jobs list | retry`: background jobs, and those that were given up.
import { runAsProcess } from '@ticketing/service-kit/command-line';
import { readEnvironment } from './env.ts';
import { readRunningShop, workerVariables } from './run/running-shop.ts';
import { runServiceCommand } from './run/service-command.ts';

await runAsProcess(async (args) => {
  const env = readEnvironment();
  if (env.DATABASE_URL !== undefined) return runServiceCommand('jobs', args);
  const shop = await readRunningShop(env.DATA_DIR);
  return runServiceCommand('jobs', args, shop && workerVariables(shop));
});
