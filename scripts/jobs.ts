// `pnpm jobs list | retry`: background jobs, and those that were given up.
import { readEnvironment } from './env.ts';
import { readRunningWorker, runWorkerCli } from './run/worker-cli.ts';

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  const env = readEnvironment();
  if (env.DATABASE_URL !== undefined) return runWorkerCli('jobs', args, env.all);
  const running = await readRunningWorker(env.DATA_DIR);
  return runWorkerCli('jobs', args, running && { ...env.all, ...running.variables });
}
