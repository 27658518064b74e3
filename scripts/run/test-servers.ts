import { provideKafka } from '@ticketing/testing/kafka';
import { findDistribution } from '@ticketing/testing/local-kafka/distribution';
import { findRedis } from '@ticketing/testing/local-redis/binary';
import { providePostgres } from '@ticketing/testing/postgres';
import { provideRedis } from '@ticketing/testing/redis';
import type { TestServer } from './needed-servers.ts';

export interface TestServers {
  /** Tells the tests where they are. */
  env: NodeJS.ProcessEnv;
  stop: () => Promise<void>;
}

interface Provided {
  variable: string;
  address: string;
  stop: () => Promise<void>;
}

/**
 * Provides real servers for one test run, all at the same time: those of the environment (TEST_POSTGRES_URL,
 * TEST_KAFKA_BROKERS, TEST_REDIS_URL), else temporary ones. When one can't be had, the others are stopped again.
 * @throws one sentence for each that is missing, with the command that would provide it
 */
export async function provideTestServers(
  servers: TestServer[],
  env: NodeJS.ProcessEnv,
  say: (what: string) => void,
): Promise<TestServers> {
  const outcomes = await Promise.allSettled(servers.map((server) => PROVIDE[server](env, say)));
  const provided = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as Error] : []));
  const stop = async () => {
    await Promise.all(provided.map((one) => one.stop()));
  };
  if (failures.length > 0) {
    await stop();
    throw new Error(failures.map(({ message }) => message).join('\n'), { cause: failures[0] });
  }
  return { env: Object.fromEntries(provided.map(({ variable, address }) => [variable, address])), stop };
}

type Provide = (env: NodeJS.ProcessEnv, say: (what: string) => void) => Promise<Provided>;

const PROVIDE: Record<TestServer, Provide> = {
  postgres: async () => {
    const { url, stop } = await providePostgres();
    return { variable: 'TEST_POSTGRES_URL', address: url, stop };
  },
  kafka: async (env, say) => {
    // Only here can be told that it takes long the first time.
    if (!env.TEST_KAFKA_BROKERS) await findDistribution(say);
    const { brokers, stop } = await provideKafka();
    return { variable: 'TEST_KAFKA_BROKERS', address: brokers, stop };
  },
  redis: async (env, say) => {
    if (!env.TEST_REDIS_URL) await findRedis(say);
    const { url, stop } = await provideRedis();
    return { variable: 'TEST_REDIS_URL', address: url, stop };
  },
};
