// `npm test`: provides a real Postgres, runs every package's tests, and ends with one line for the whole run.
import { parseArgs } from 'node:util';
import { providePostgres } from '@ticketing/testing/postgres';
import { readEnvironment } from './env.ts';
import { interruption } from './run/interruption.ts';
import { readResults, removeResults, RESULTS_FILE, type PackageResult } from './run/test-results.ts';
import { planTurbo, runTurbo } from './run/turbo.ts';

const HELP = `Runs every test against real servers: what did not change since it last passed comes from turbo's cache.

  npm test                                        everything
  npm test -- --filter @ticketing/orders-service  one package (turbo's filters; may be repeated)
  npm test -- --force                             without the cache
  npm test -- -- -t 'sold out'                    what comes after a second -- is for vitest

Environment: TEST_POSTGRES_URL, a server whose user may create databases and roles; one is started without it.
Ends with the line "N passed, N failed"; exit status 1 if any failed.`;

const EXIT_INTERRUPTED = 130;

const env = readEnvironment();
const signal = interruption();
process.exitCode = await main();

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h' },
      force: { type: 'boolean' },
      filter: { type: 'string', multiple: true, default: [] },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const args = [
    ...values.filter.map((filter) => `--filter=${filter}`),
    ...(values.force ? ['--force'] : []),
    '--continue=always',
    '--',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${RESULTS_FILE}`,
    ...positionals,
  ];
  const tasks = await planTurbo('test', args, env.all);
  if (tasks.length === 0) {
    console.error(`No package fits ${values.filter.join(' ')}.`);
    return 1;
  }
  await removeResults(tasks);
  const isAllCached = tasks.every(({ isCached }) => isCached);
  const status = isAllCached ? await runTurbo('test', args, { env: env.all, signal }) : await runWithPostgres(args);
  if (signal.aborted) return EXIT_INTERRUPTED;
  return summarise(await readResults(tasks), status);
}

async function runWithPostgres(args: string[]): Promise<number> {
  const postgres = await providePostgres();
  try {
    return await runTurbo('test', args, { env: { ...env.all, TEST_POSTGRES_URL: postgres.url }, signal });
  } finally {
    await postgres.stop();
  }
}

function summarise(results: PackageResult[], turboStatus: number): number {
  const width = Math.max(...results.map((result) => result.package.length));
  for (const { package: name, passed, failed, skipped, isCached, failures } of results) {
    const counts = [`${passed} passed`, `${failed} failed`, ...(skipped ? [`${skipped} skipped`] : [])].join(', ');
    console.log(`${name.padEnd(width)}  ${counts}${isCached ? '  (unchanged, from the cache)' : ''}`);
    for (const failure of failures) console.log(`  ✗ ${failure}`);
  }
  const sum = (count: (result: PackageResult) => number) => results.reduce((total, result) => total + count(result), 0);
  const failed = sum((result) => result.failed);
  if (turboStatus !== 0 && failed === 0) console.log('A step that the tests need failed: see above.');
  console.log(`${sum((result) => result.passed)} passed, ${failed} failed`);
  return failed > 0 || turboStatus !== 0 ? 1 : 0;
}
