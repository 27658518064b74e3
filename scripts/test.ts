// `npm test`: provides real servers, runs every package's tests, and ends with one line for the whole run.
import { parseArgs } from 'node:util';
import { readEnvironment } from './env.ts';
import { EXIT_INTERRUPTED, Interrupted, interruption } from './run/interruption.ts';
import { runTests } from './run/run-tests.ts';

const HELP = `Runs every test against real servers: what did not change since it last passed comes from turbo's cache.

  npm test                                        everything
  npm test -- --filter @ticketing/orders-service  one package (turbo's filters; may be repeated)
  npm test -- --force                             without the cache
  npm test -- -- -t 'sold out'                    what comes after a second -- is for vitest

Environment: TEST_POSTGRES_URL, a server whose user may create databases and roles; TEST_KAFKA_BROKERS; TEST_REDIS_URL.
Without them, those servers are started that a package which has to run needs: by its vitest.config.ts.
Ends with the line "N passed, N failed"; exit status 1 if any failed.`;

process.exitCode = await main();

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h' },
      force: { type: 'boolean', default: false },
      filter: { type: 'string', multiple: true, default: [] },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  try {
    const { passed, failed } = await runTests({
      env: readEnvironment().all,
      signal: interruption(),
      filters: values.filter,
      force: values.force,
      vitestArguments: positionals,
    });
    console.log(`${passed} passed, ${failed} failed`);
    return failed > 0 ? 1 : 0;
  } catch (error) {
    if (error instanceof Interrupted) return EXIT_INTERRUPTED;
    throw error;
  }
}
