// `pnpm admin create <email>`: the only way to make an administrator.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { roleUrl } from '@ticketing/database/roles';
import { readEnvironment } from './env.ts';
import { runShown } from './run/program.ts';
import { inRoot } from './run/repository.ts';
import { readRunning } from './start/running.ts';
import { readSecrets } from './start/secrets.ts';

const env = readEnvironment();
process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  const cli = inRoot('apps/gateway/dist/admin-cli.js');
  // Where a database is named, it is that one: in the container stack, say. Otherwise the one of a running npm start.
  const databaseUrl = env.DATABASE_URL ?? (await urlOfRunning());
  const isHelp = args.some((arg) => arg === '--help' || arg === '-h');
  if (!(databaseUrl || isHelp) || !existsSync(cli)) {
    console.error(
      'Nothing is running here: run `npm start` in another terminal first, or set DATABASE_URL to the database of the ' +
        "gateway's role.",
    );
    return 1;
  }
  return runShown(process.execPath, [cli, ...args], {
    env: { ...env.all, ...(databaseUrl && { DATABASE_URL: databaseUrl }) },
  });
}

async function urlOfRunning(): Promise<string | undefined> {
  const dataDir = resolve(inRoot(), env.DATA_DIR);
  const [running, secrets] = await Promise.all([readRunning(dataDir), readSecrets(dataDir)]);
  if (!running?.stack || !secrets) return undefined;
  return roleUrl(running.stack.databaseUrl, 'gateway', secrets.rolePasswords.gateway);
}
