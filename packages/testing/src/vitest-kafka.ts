import type { TestProject } from 'vitest/node';
import { provideKafka } from './kafka.ts';

/**
 * Vitest's global setup for tests with Kafka: starts one broker per run, and tells tests its address with
 * `inject('kafkaBrokers')`. Stopped when the run is over.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { brokers, stop } = await provideKafka();
  project.provide('kafkaBrokers', brokers);
  return stop;
}
