import type { TestProject } from 'vitest/node';
import { providePostgres } from './postgres.ts';

/**
 * Vitest's global setup for tests with a database: starts one server per run, and tells tests its URL with
 * `inject('postgresUrl')`, to be given to `createDatabase`. Stopped when the run is over.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { url, stop } = await providePostgres();
  project.provide('postgresUrl', url);
  return stop;
}
