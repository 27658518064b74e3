import { readFile, rm } from 'node:fs/promises';
import { z } from 'zod';
import { inRoot } from './repository.ts';
import type { PlannedTask } from './turbo.ts';

/** Written by vitest in each package; turbo keeps it with the cached task and brings it back. */
export const RESULTS_FILE = 'test-results.json';

export interface PackageResult {
  package: string;
  passed: number;
  failed: number;
  skipped: number;
  /** What failed, one line each. */
  failures: string[];
  isCached: boolean;
}

/** So that what is read later was written, or brought back, by this run. */
export async function removeResults(tasks: PlannedTask[]): Promise<void> {
  await Promise.all(tasks.map(({ directory }) => rm(inRoot(directory, RESULTS_FILE), { force: true })));
}

/**
 * Sums up each package. One that left no results, because it crashed or never got its turn, counts as one failure, and
 * so does a file that could not be loaded.
 */
export async function readResults(tasks: PlannedTask[]): Promise<PackageResult[]> {
  return Promise.all(tasks.map(readPackage));
}

const Results = z.object({
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numPendingTests: z.int(),
  numTodoTests: z.int(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().optional(),
      assertionResults: z.array(z.object({ fullName: z.string(), status: z.string() })),
    }),
  ),
});

async function readPackage({ package: name, directory, isCached }: PlannedTask): Promise<PackageResult> {
  let text: string;
  try {
    text = await readFile(inRoot(directory, RESULTS_FILE), 'utf8');
  } catch {
    return {
      package: name,
      passed: 0,
      failed: 1,
      skipped: 0,
      failures: ['its tests did not run to the end'],
      isCached,
    };
  }
  const results = Results.parse(JSON.parse(text));
  const failures = results.testResults.flatMap((file) =>
    file.assertionResults.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName),
  );
  const unloadable = results.testResults
    .filter((file) => file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed'))
    .map((file) => `${file.name}: ${file.message?.split('\n')[0] ?? 'could not be loaded'}`);
  const other = [...unloadable, ...(results.testResults.length === 0 ? ['it has no tests'] : [])];
  return {
    package: name,
    passed: results.numPassedTests,
    failed: results.numFailedTests + other.length,
    skipped: results.numPendingTests + results.numTodoTests,
    failures: [...failures, ...other],
    isCached,
  };
}
