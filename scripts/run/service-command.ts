import { existsSync } from 'node:fs';
import { readEnvironment } from '../env.ts';
import { runShown } from './program.ts';
import { inRoot } from './repository.ts';
import { buildQuietly } from './turbo.ts';

const COMMANDS = {
  admin: 'gateway',
  dlq: 'payment-worker',
  jobs: 'payment-worker',
  reconcile: 'payment-worker',
  refunds: 'payment-worker',
} as const;

/**
 * Runs a command of a service on this terminal, with further variables than the environment has; builds the service where
 * it is not built yet. The command says what is wrong with its arguments, and where there is nothing to work on. Returns its
 * exit status.
 */
export async function runServiceCommand(
  name: keyof typeof COMMANDS,
  args: string[],
  variables: NodeJS.ProcessEnv = {},
): Promise<number> {
  const env = { ...readEnvironment().all, ...variables };
  const service = COMMANDS[name];
  const file = inRoot('apps', service, 'dist', `${name}-cli.js`);
  if (!existsSync(file)) {
    console.error(`Building ${service} …`);
    await buildQuietly(`./apps/${service}`, { env });
  }
  return runShown(process.execPath, [file, ...args], { env });
}
