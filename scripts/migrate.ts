// `pnpm migrate`, `pnpm migrate status`: brings a database up to date, says what is applied.
import { runMigrate } from '@ticketing/database/migrate-command';
import { runAsProcess } from '@ticketing/service-kit/command-line';
import { readEnvironment } from './env.ts';
import { migrationVariables, readRunningShop } from './run/running-shop.ts';

await runAsProcess((args, output) => runMigrate(args, output, findEnvironment));

async function findEnvironment(): Promise<NodeJS.ProcessEnv> {
  const env = readEnvironment();
  if (env.DATABASE_URL !== undefined) return env.all;
  const shop = await readRunningShop(env.DATA_DIR);
  return { ...env.all, ...(shop && (await migrationVariables(shop))) };
}
