// `npm start`: the whole shop on this machine.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ConfigError } from '@ticketing/service-kit/config';
import { readEnvironment } from './env.ts';
import { inRoot } from './run/repository.ts';
import { canAsk, NOBODY_TO_ASK } from './start/data-folder/reset.ts';
import { runShop } from './start/shop.ts';

const HELP = `Starts the whole shop on this machine, with its own Postgres and demo data, and prints what to try.

  npm start                 everything, on http://localhost:3000
  npm start -- --reset      delete the data first, after asking; --yes: without asking
  npm start -- --verbose    show all that the services log, not only warnings
  npm start -- --full       with real Kafka and Redis, and the worker that settles payments
  npm start -- --demo       with demo data in your own database (DATABASE_URL), too; never with a live key of Stripe's

Environment: PORT (3000), EVENTS_PORT (3001), ORDERS_PORT (3002), WORKER_PORT (3003), STRIPE_PORT (12111, of the local
Stripe), KAFKA_PORT (9092 if it is free), REDIS_PORT (6379 if it is free);
DATA_DIR (.data); DATABASE_URL of an administrator, to use that Postgres; KAFKA_BROKERS and REDIS_URL, to use those;
STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET, to use Stripe (STRIPE_API_BASE: a stand-in of your own). Whatever the
services read is passed on to them.
Ctrl-C stops everything; the data stays. A second Ctrl-C does not wait.`;

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
