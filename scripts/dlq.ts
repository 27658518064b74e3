// `pnpm dlq list | show | replay | discard | refund`: payment reports that could not settle.
import { runAsProcess } from '@ticketing/service-kit/command-line';
import { readEnvironment } from './env.ts';
import { readRunningShop, stripeOf, workerVariables } from './run/running-shop.ts';
import { runServiceCommand } from './run/service-command.ts';

await runAsProcess(async (args) => {
  const env = readEnvironment();
  // One or the other: what is configured here and what runs here may be two different shops.
  if (env.KAFKA_BROKERS !== undefined || env.DATABASE_URL !== undefined) return runServiceCommand('dlq', args);
  const shop = await readRunningShop(env.DATA_DIR);
  return runServiceCommand('dlq', args, shop && { ...workerVariables(shop), ...stripeOf(shop, env) });
});
