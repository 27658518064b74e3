// `npm run refunds -- list | retry | settle-elsewhere`: money that cannot move without a person.
import { runAsProcess } from '@ticketing/service-kit/command-line';
import { readEnvironment } from './env.ts';
import { readRunningShop, workerVariables } from './run/running-shop.ts';
import { runServiceCommand } from './run/service-command.ts';

await runAsProcess(async (args) => {
  const env = readEnvironment();
  if (env.DATABASE_URL !== undefined) return runServiceCommand('refunds', args);
  const shop = await readRunningShop(env.DATA_DIR);
  return runServiceCommand('refunds', args, shop && workerVariables(shop));
});
