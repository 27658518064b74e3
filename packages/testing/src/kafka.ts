import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { probeBroker } from './local-kafka/probe.ts';
import { startLocalKafka } from './local-kafka.ts';
import { temporaryHome } from './temporary-home.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Addresses of the tests' Kafka, from the global setup in `vitest-kafka.ts`. */
    kafkaBrokers: string;
  }
}

/**
 * The Kafka for tests: the one at `TEST_KAFKA_BROKERS` if that is set, else a temporary broker of this machine, gone
 * after `stop`. Many tests share it at once, so each uses topics and groups with names of its own.
 *
 * @throws when `TEST_KAFKA_BROKERS` does not answer, or what a broker of this machine needs is missing.
 */
export async function provideKafka(): Promise<{ brokers: string; stop: () => Promise<void> }> {
  const given = process.env.TEST_KAFKA_BROKERS;
  if (given) {
    try {
      await Promise.any(given.split(',').map((address) => probeBroker(address.trim())));
    } catch (cause) {
      const message = 'TEST_KAFKA_BROKERS does not answer; unset it to have a temporary Kafka started for the tests.';
      throw new Error(message, { cause });
    }
    return { brokers: given, stop: () => Promise.resolve() };
  }
  return startLocalKafka({
    dataDir: join(await temporaryHome(), `ticketing-kafka-${randomBytes(6).toString('hex')}`),
    persistent: false,
  });
}
