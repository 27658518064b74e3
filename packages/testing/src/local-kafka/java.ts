import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { hasMaven } from '../local-server/maven.ts';

const run = promisify(execFile);

/** Kafka 4's brokers need it (https://kafka.apache.org/43/documentation/#java). */
const OLDEST_JAVA = 17;

const WAY_OUT =
  'On Debian or Ubuntu: apt-get install default-jre-headless maven. ' +
  'Or set KAFKA_BROKERS (for tests: TEST_KAFKA_BROKERS) to a Kafka of your own.';

export interface Java {
  command: string;
  /** Full version, such as `17.0.15`. */
  version: string;
}

/**
 * The Java of JAVA_HOME, or else of PATH.
 *
 * @throws one sentence that says what is missing, and how to get it.
 */
export async function findJava(): Promise<Java> {
  const home = process.env.JAVA_HOME;
  const commands = [...(home ? [join(home, 'bin', 'java')] : []), 'java'];
  let found: string | undefined;
  for (const command of commands) {
    const version = await run(command, ['-version']).then(
      ({ stdout, stderr }) => /version "([^"]+)"/.exec(`${stderr}${stdout}`)?.[1],
      () => undefined,
    );
    if (version !== undefined && Number.parseInt(version) >= OLDEST_JAVA) return { command, version };
    found ??= version;
  }
  const fault = found === undefined ? 'there is none' : `this one is ${found}`;
  throw new Error(`A local Kafka needs Java ${OLDEST_JAVA} or newer, and ${fault}. ${WAY_OUT}`);
}

/**
 * Checks that Kafka can be fetched.
 *
 * @throws one sentence that says what is missing, and how to get it.
 */
export async function requireMaven(): Promise<void> {
  if (!(await hasMaven())) {
    throw new Error(`A local Kafka is fetched with Maven the first time, and there is none. ${WAY_OUT}`);
  }
}
