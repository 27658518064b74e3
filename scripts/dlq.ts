// `pnpm dlq list | show | replay | discard | refund`: payment reports that could not settle.
import { readEnvironment } from './env.ts';
import { localStripe, readRunningWorker, runWorkerCli } from './run/worker-cli.ts';

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  const env = readEnvironment();
  // One or the other: what is configured here and what runs here may be two different shops.
  if (env.KAFKA_BROKERS !== undefined || env.DATABASE_URL !== undefined) return runWorkerCli('dlq', args, env.all);
  const running = await readRunningWorker(env.DATA_DIR);
  return runWorkerCli('dlq', args, running && { ...env.all, ...running.variables, ...localStripe(running, env) });
}
