import { z } from 'zod';
import { commonVariables, ConfigError, readConfig } from './config.ts';

const Environment = z.object({ DATABASE_URL: commonVariables(0).DATABASE_URL.optional() });

/**
 * The address of the database that a command works on: that of `DATABASE_URL`, which scripts/ fill in from the running
 * `npm start`.
 * @param whose the role that it must be for, as a person would say it: `the worker's role`
 * @throws {ConfigError} when there is none
 */
export function readDatabaseUrl(env: NodeJS.ProcessEnv, whose: string): string {
  const { DATABASE_URL: url } = readConfig(Environment, env);
  if (url === undefined) throw nothingRunning(`DATABASE_URL to the database of ${whose}`);
  return url;
}

/** For a command that does not know where to work, the same words everywhere. */
export function nothingRunning(whatToSet: string): ConfigError {
  return new ConfigError(`Nothing is running here: run \`npm start\` in another terminal first, or set ${whatToSet}.`);
}
