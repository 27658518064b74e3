// `npm start`: the whole shop on this machine.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ConfigError } from '@ticketing/service-kit/config';
import { readEnvironment } from './env.ts';
import { inRoot } from './run/repository.ts';
import { canAsk, NOBODY_TO_ASK } from './start/data-folder/reset.ts';
import { runShop } from './start/shop.ts';
import { HELP } from './help/start.mjs';

/** EX_USAGE and EX_CONFIG of sysexits.h. */
const EXIT_USAGE = 64;
const EXIT_CONFIG = 78;

process.exitCode = await main();
// Nothing may keep it: all that it started is closed by now.
process.exit();

async function main(): Promise<number> {
  try {
    const { values } = parseArgs({
      options: {
        help: { type: 'boolean', short: 'h' },
        reset: { type: 'boolean', default: false },
        yes: { type: 'boolean', short: 'y', default: false },
        demo: { type: 'boolean', default: false },
        verbose: { type: 'boolean', default: false },
        full: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      console.log(HELP);
      return 0;
    }
    if (values.reset && !values.yes && !canAsk()) {
      console.error(NOBODY_TO_ASK);
      return EXIT_USAGE;
    }
    const env = readEnvironment();
    return await runShop({ env, dataDir: resolve(inRoot(), env.DATA_DIR), ...values });
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    if (error instanceof ConfigError) return EXIT_CONFIG;
    return String((error as NodeJS.ErrnoException).code).startsWith('ERR_PARSE_ARGS') ? EXIT_USAGE : 1;
  }
}
