// `npm start`: the whole shop on this machine.
import { resolve } from 'node:path';
import { parseCommandLine } from '@ticketing/service-kit/command-arguments';
import { runAsProcess, runCommand, UsageError } from '@ticketing/service-kit/command-line';
import { readEnvironment } from './env.ts';
import { inRoot } from './run/repository.ts';
import { canAsk, NOBODY_TO_ASK } from './start/data-folder/reset.ts';
import { runShop, type ShopOptions } from './start/shop.ts';
import { HELP } from './help/start.mjs';

await runAsProcess((args, output) => {
  const run = (options: StartOptions) => {
    const env = readEnvironment();
    return runShop({ env, dataDir: resolve(inRoot(), env.DATA_DIR), ...options });
  };
  return runCommand({ name: 'npm start --', help: HELP, readArguments, run }, args, output);
});
// Nothing may keep it: all that it started is closed by now.
process.exit();

type StartOptions = Pick<ShopOptions, 'full' | 'reset' | 'yes' | 'demo' | 'verbose'>;

function readArguments(args: string[]): StartOptions | 'help' {
  const { values } = parseCommandLine({
    args,
    options: {
      help: { type: 'boolean', short: 'h' },
      reset: { type: 'boolean', default: false },
      yes: { type: 'boolean', short: 'y', default: false },
      demo: { type: 'boolean', default: false },
      verbose: { type: 'boolean', default: false },
      full: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  if (values.reset && !values.yes && !canAsk()) throw new UsageError(NOBODY_TO_ASK);
  return values;
}
