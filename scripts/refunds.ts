// `npm run refunds -- list | retry | settle-elsewhere`: money that cannot move without a person.
import { readEnvironment } from './env.ts';
import { readRunningWorker, runWorkerCli } from './run/worker-cli.ts';

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  const env = readEnvironment();
  if (env.DATABASE_URL !== undefined) return runWorkerCli('refunds', args, env.all);
  const running = await readRunningWorker(env.DATA_DIR);
  return runWorkerCli('refunds', args, running && { ...env.all, ...running.variables });
}
