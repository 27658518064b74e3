import { ConfigError } from './config-error.ts';
import { messageOf } from './error-message.ts';
import { EXIT } from './exit-status.ts';

/** Where a command reads and writes. */
export interface CommandOptions {
  env: NodeJS.ProcessEnv;
  out: (text: string) => void;
  err: (text: string) => void;
}

export type Output = Omit<CommandOptions, 'env'>;

/** Something wrong on the command line: the caller has to write it otherwise. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** A command's help, how its arguments are read, and what it does with them. */
export interface Command<Arguments> {
  /** How it is called, as its help has it: `pnpm dlq`. */
  name: string;
  help: string;
  /** @throws {UsageError} which says what is wrong */
  readArguments: (args: string[]) => Arguments | 'help';
  /** Returns the exit status. */
  run: (args: Arguments) => Promise<number>;
}

/**
 * Carries a command out and returns the exit status, one of `EXIT`. What goes wrong is told in a sentence, not thrown; what
 * is wrong on the command line comes with how to get help.
 */
export async function runCommand<Arguments>(
  { name, help, readArguments, run }: Command<Arguments>,
  args: string[],
  { out, err }: Output,
): Promise<number> {
  return told(
    async () => {
      const parsed = readArguments(args);
      if (parsed !== 'help') return run(parsed);
      out(help);
      return EXIT.done;
    },
    (text, isUsage) => {
      err(text);
      if (isUsage) err(`For help: ${name} --help`);
    },
  );
}

/** Tells what goes wrong in a sentence; returns the exit status for it. */
async function told(work: () => Promise<number>, tell: (text: string, isUsage: boolean) => void): Promise<number> {
  try {
    return await work();
  } catch (error) {
    const isUsage = error instanceof UsageError;
    tell(messageOf(error), isUsage);
    if (isUsage) return EXIT.usage;
    return error instanceof ConfigError ? EXIT.config : EXIT.failed;
  }
}

/** Runs a command as this process; what goes wrong is told, here too. */
export async function runAsProcess(run: (args: string[], options: CommandOptions) => Promise<number>): Promise<void> {
  // Whoever reads the output may have had enough of it: `pnpm dlq list | head`.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
  const options: CommandOptions = {
    env: process.env,
    out: (text) => process.stdout.write(`${text}\n`),
    err: (text) => process.stderr.write(`${text}\n`),
  };
  process.exitCode = await told(() => run(process.argv.slice(2), options), options.err);
}
