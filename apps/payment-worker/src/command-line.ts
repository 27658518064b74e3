import { parseArgs, type ParseArgsConfig } from 'node:util';
import { ConfigError } from '@ticketing/service-kit/config';
import { messageOf } from './terminal-text.ts';

/** Where a command reads and writes. */
export interface CommandOptions {
  env: NodeJS.ProcessEnv;
  out: (text: string) => void;
  err: (text: string) => void;
}

export type Output = Omit<CommandOptions, 'env'>;

/** What commands end with. */
export const EXIT = { done: 0, failed: 1, nothingMatched: 2, usage: 64, config: 78 };

/** Something the caller has to change. */
export class UsageError extends Error {}

/** A command's help, how its arguments are read, and what it does with them. */
export interface Command<Arguments> {
  help: string;
  /** @throws {UsageError} which says what is wrong */
  readArguments: (args: string[]) => Arguments | 'help';
  /** Returns the exit status. */
  run: (args: Arguments) => Promise<number>;
}

/** Carries a command out; returns the exit status. What goes wrong is told, not thrown. */
export async function runCommand<Arguments>(
  { help, readArguments, run }: Command<Arguments>,
  args: string[],
  { out, err }: Output,
): Promise<number> {
  try {
    const parsed = readArguments(args);
    if (parsed !== 'help') return await run(parsed);
    out(help);
    return EXIT.done;
  } catch (error) {
    err(messageOf(error));
    if (error instanceof UsageError) return EXIT.usage;
    return error instanceof ConfigError ? EXIT.config : EXIT.failed;
  }
}

/** `parseArgs`. @throws {UsageError} with the help below what is wrong */
export function parseCommandLine<Config extends ParseArgsConfig>(config: Config, help: string) {
  try {
    return parseArgs(config);
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${help}`, { cause: error });
  }
}

/** For a command line that names no command, or one that there is not. */
export function noSuchCommand(command: string | undefined, help: string): UsageError {
  return new UsageError(command === undefined ? help : `There is no command ${command}.\n\n${help}`);
}

/** Runs a command as this process. */
export async function runAsProcess(run: (args: string[], options: CommandOptions) => Promise<number>): Promise<void> {
  // Whoever reads the output may have had enough of it: `pnpm dlq list | head`.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
  process.exitCode = await run(process.argv.slice(2), {
    env: process.env,
    out: (text) => process.stdout.write(`${text}\n`),
    err: (text) => process.stderr.write(`${text}\n`),
  });
}
