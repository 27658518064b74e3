import { UsageError } from '@ticketing/service-kit/command-line';
import { neededServers } from './needed-servers.ts';
import { readResults, removeResults, RESULTS_FILE, type PackageResult } from './test-results.ts';
import { provideTestServers, type TestServers } from './test-servers.ts';
import { planTurbo, runTurbo, type PlannedTask } from './turbo.ts';

export interface TestRunOptions {
  env: NodeJS.ProcessEnv;
  signal: AbortSignal;
  /** Turbo's names of packages; none: all of them. */
  filters?: string[];
  /** Without the cache. */
  force?: boolean;
  /** For vitest. */
  vitestArguments?: string[];
}

export interface TestCount {
  passed: number;
  failed: number;
}

/**
 * Runs the tests of packages against real servers, which are started only if a package that needs them has to run. Shows
 * what each package did, and returns the sum; what kept tests from running counts as failed.
 * @throws {UsageError} for filters that no package fits
 */
export async function runTests(options: TestRunOptions): Promise<TestCount> {
  const { env, signal, filters = [], force = false, vitestArguments = [] } = options;
  const args = [
    ...filters.map((filter) => `--filter=${filter}`),
    ...(force ? ['--force'] : []),
    '--continue=always',
    '--',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${RESULTS_FILE}`,
    ...vitestArguments,
  ];
  const tasks = await planTurbo('test', args, env);
  if (tasks.length === 0) throw new UsageError(`No package with tests fits --filter ${filters.join(' ')}.`);
  await removeResults(tasks);
  const servers = await provideFor(tasks, env);
  if (!servers) return { passed: 0, failed: 1 };
  let status: number;
  try {
    signal.throwIfAborted();
    status = await runTurbo('test', args, { env: { ...env, ...servers.env }, signal });
  } finally {
    await servers.stop();
  }
  signal.throwIfAborted();
  return summarise(await readResults(tasks), status);
}

async function provideFor(tasks: PlannedTask[], env: NodeJS.ProcessEnv): Promise<TestServers | undefined> {
  try {
    const needed = await neededServers(tasks.filter(({ isCached }) => !isCached));
    return await provideTestServers(needed, env, (what) => console.log(`${what} …`));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return undefined;
  }
}

function summarise(results: PackageResult[], turboStatus: number): TestCount {
  const width = Math.max(...results.map((result) => result.package.length));
  for (const { package: name, passed, failed, skipped, isCached, failures } of results) {
    const counts = [`${passed} passed`, `${failed} failed`, ...(skipped ? [`${skipped} skipped`] : [])].join(', ');
    console.log(`${name.padEnd(width)}  ${counts}${isCached ? '  (unchanged, from the cache)' : ''}`);
    for (const failure of failures) console.log(`  ✗ ${failure}`);
  }
  const sum = (count: (result: PackageResult) => number) => results.reduce((total, result) => total + count(result), 0);
  const failed = sum((result) => result.failed);
  const isOtherStep = turboStatus !== 0 && failed === 0;
  if (isOtherStep) console.log('A step that the tests need failed: see above.');
  return { passed: sum((result) => result.passed), failed: isOtherStep ? 1 : failed };
}
