import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { COMMANDS, helpOf } from './help.mjs';
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
  admin     administrators and organizers             (pnpm admin create <email>)
  dlq       payments that could not be settled        (pnpm dlq list)
  jobs      background jobs that were given up        (pnpm jobs list)
  reconcile ask Stripe about silent payments          (pnpm reconcile)
  refunds   money that cannot move without you        (npm run refunds -- list)
  bench     measure speed beside baselines            (pnpm bench)
  prove     an on-sale under faults, and a checker    (pnpm prove)
  install   only Node, pnpm and the dependencies
  exec      a program of node_modules/.bin, e.g.: exec lint-staged

Each takes --help. Node 22.23+ and pnpm 10 are used if they are here; otherwise they come from the npm registry.`;

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** As of every command; TypeScript cannot be read yet. */
const EXIT = JSON.parse(readFileSync(join(root, 'packages', 'service-kit', 'src', 'exit-status.json'), 'utf8'));

/**
 * Runs a command with its arguments, and returns its exit status.
 * @param {string[]} args
 * @returns {Promise<number>}
 */
export async function main([command, ...args]) {
  const isHelp = ['--help', '-h'];
  if (isHelp.includes(command) || (command === 'install' && isHelp.includes(args[0]))) {
    console.log(HELP);
    return EXIT.done;
  }
  const fault = faultOf(command, args);
  if (fault) {
    console.error(`${fault}\nFor help: node scripts/bootstrap.mjs --help`);
    return EXIT.usage;
  }
  try {
    const help = await helpOf(command, args);
    if (help !== undefined) {
      console.log(help);
      return EXIT.done;
    }
    const env = await provideToolchain(root);
    await installIfNeeded(root, env);
    if (command === 'install') return EXIT.done;
    if (command === 'exec') return await execute(args, env);
    return await runToItsEnd('node', [join(root, 'scripts', `${command}.ts`), ...args], { env, hasChannel: true });
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return EXIT.failed;
  }
}

/**
 * What is wrong with the command line, before anything is fetched for it; the command itself looks at its own arguments.
 * @param {string | undefined} command
 * @param {string[]} args
 * @returns {string | undefined}
 */
function faultOf(command, args) {
  if (command === undefined) return `Say what to do: ${COMMANDS.join(', ')}, install or exec.`;
  if (command.startsWith('-')) return `There is no option ${command}.`;
  if (command === 'exec') return args.length === 0 ? 'exec needs the name of a program.' : undefined;
  if (command === 'install') return args.length > 0 ? `Unexpected argument: ${args[0]}` : undefined;
  return COMMANDS.includes(command) ? undefined : `There is no command ${command}.`;
}

/**
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 */
function execute([program = '', ...args], env) {
  const file = join(root, 'node_modules', '.bin', program);
  if (existsSync(file)) return runToItsEnd(file, args, { env });
  console.error(`There is no program ${program} in node_modules/.bin.\nFor help: node scripts/bootstrap.mjs --help`);
  return EXIT.usage;
}
