// `npm start`: the whole shop on this machine.
import { resolve } from 'node:path';
import { parseCommandLine } from '@ticketing/service-kit/command-arguments';
import { runAsProcess, runCommand } from '@ticketing/service-kit/command-line';
import { readEnvironment } from './env.ts';
import { inRoot } from './run/repository.ts';
import { runShop, type ShopOptions } from './start/shop.ts';

const HELP = `Starts the whole shop on this machine, with its own Postgres and demo data, and prints what to try.

  npm start                 everything, on http://localhost:3000
  npm start -- --reset      empty the data first
  npm start -- --verbose    show all that the services log, not only warnings
  npm start -- --full       with real Kafka and Redis, and the worker that settles payments

Environment: PORT (3000), EVENTS_PORT (3001), ORDERS_PORT (3002), WORKER_PORT (3003), STRIPE_PORT (12111, of the local
Stripe), KAFKA_PORT (9092 if it is free), REDIS_PORT (6379 if it is free);
DATA_DIR (.data); DATABASE_URL of an administrator, to use that Postgres; KAFKA_BROKERS and REDIS_URL, to use those;
STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET, to use Stripe (STRIPE_API_BASE: a stand-in of your own). Whatever the
services read is passed on to them.
Ctrl-C stops everything; the data stays. A second Ctrl-C does not wait.`;

await runAsProcess((args, output) => {
  const run = (options: StartOptions) => {
    const env = readEnvironment();
    return runShop({ env, dataDir: resolve(inRoot(), env.DATA_DIR), ...options });
  };
  return runCommand({ name: 'npm start --', help: HELP, readArguments, run }, args, output);
});
// Nothing may keep it: all that it started is closed by now.
process.exit();

type StartOptions = Pick<ShopOptions, 'full' | 'reset' | 'verbose'>;

function readArguments(args: string[]): StartOptions | 'help' {
  const { values } = parseCommandLine({
    args,
    options: {
      help: { type: 'boolean', short: 'h' },
      reset: { type: 'boolean', default: false },
      verbose: { type: 'boolean', default: false },
      full: { type: 'boolean', default: false },
    },
  });
  return values.help ? 'help' : values;
}
