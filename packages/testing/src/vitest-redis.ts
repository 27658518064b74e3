import type { TestProject } from 'vitest/node';
import { provideRedis } from './redis.ts';

/**
 * Vitest's global setup for tests with Redis: starts one server per run, and tells tests its URL with
 * `inject('redisUrl')`. Stopped when the run is over.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { url, stop } = await provideRedis();
  project.provide('redisUrl', url);
  return stop;
}
