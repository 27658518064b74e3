import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { helpOf } from './help.mjs';
import { installIfNeeded } from './install.mjs';
import { runToItsEnd } from './run.mjs';
import { provideToolchain } from './toolchain.mjs';

const HELP = `Usage: node scripts/bootstrap.mjs <command> [arguments]

  start     the whole shop on this machine            (npm start)
  test      every test, against real servers          (npm test)
  test-stack the container stack, for real           (npm run test:stack)
  test-clients generated clients of the API         (npm run test:clients)
  check     format check, lint, types, tests          (npm run check)
  migrate   bring a database up to date               (pnpm migrate)
  admin     make an administrator                     (pnpm admin create <email>)
  dlq       payments that could not be settled        (pnpm dlq list)
  jobs      background jobs that were given up        (pnpm jobs list)
  reconcile ask Stripe about silent payments          (pnpm reconcile)
  refunds   money that cannot move without you        (npm run refunds -- list)
  bench     measure speed beside baselines            (pnpm bench)
  prove     an on-sale under faults, and a checker    (pnpm prove)
  install   only Node, pnpm and the dependencies
  exec      a program of node_modules/.bin, e.g.: exec lint-staged

Each takes --help. Node 22.23+ and pnpm 10 are used if they are here; otherwise they come from the npm registry.`;

const EXIT_USAGE = 64;
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/**
 * Runs a command with its arguments, and returns its exit status.
 * @param {string[]} args
 * @returns {Promise<number>}
 */
export async function main([command, ...args]) {
  if (!command || command === '--help' || command === '-h') {
    console.log(HELP);
    return command ? 0 : EXIT_USAGE;
  }
  const script = join(root, 'scripts', `${command}.ts`);
  const isOwn = command === 'install' || command === 'exec';
  if (!isOwn && (!/^[a-z-]+$/.test(command) || !existsSync(script))) {
    console.error(`There is no command ${command}.\n\n${HELP}`);
    return EXIT_USAGE;
  }
  try {
    const help = await helpOf(command, args);
    if (help !== undefined) {
      console.log(help);
      return 0;
    }
    const env = await provideToolchain(root);
    await installIfNeeded(root, env);
    if (command === 'install') return 0;
    if (command !== 'exec') return await runToItsEnd('node', [script, ...args], { env, hasChannel: true });
    const [program = '', ...rest] = args;
    return await runToItsEnd(join(root, 'node_modules', '.bin', program), rest, { env });
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return 1;
  }
}
