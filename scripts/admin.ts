// `pnpm admin …`: administrators, and organizers who wait for approval.
import { runAsProcess } from '@ticketing/service-kit/command-line';
import { readEnvironment } from './env.ts';
import { databaseOf, readRunningShop } from './run/running-shop.ts';
import { runServiceCommand } from './run/service-command.ts';

await runAsProcess(async (args) => {
  const env = readEnvironment();
  // Where a database is named, it is that one: in the container stack, say. Otherwise the one of a running npm start.
  if (env.DATABASE_URL !== undefined) return runServiceCommand('admin', args);
  const shop = await readRunningShop(env.DATA_DIR);
  return runServiceCommand('admin', args, shop && databaseOf(shop, 'gateway'));
});
