import { readFile } from 'node:fs/promises';
import { inRoot } from './repository.ts';
import type { PlannedTask } from './turbo.ts';

const SERVERS = ['postgres', 'kafka', 'redis'] as const;
export type TestServer = (typeof SERVERS)[number];

/**
 * The servers that the tests of these packages run on. A package names them by the global setups in its vitest.config.ts:
 * `@ticketing/testing/vitest-kafka`, say.
 */
export async function neededServers(tasks: PlannedTask[]): Promise<TestServer[]> {
  const configs = await Promise.all(
    tasks.map(({ directory }) => readFile(inRoot(directory, 'vitest.config.ts'), 'utf8').catch(() => '')),
  );
  return SERVERS.filter((server) => configs.some((config) => config.includes(`@ticketing/testing/vitest-${server}`)));
}
