import { availableParallelism } from 'node:os';
import { UsageError } from '@ticketing/service-kit/command-line';
import { z } from 'zod';
import { whileItTakesLong } from '../bootstrap/waiting.mjs';
import { inWords } from '../start/step.ts';
import { runCaptured, runShown, type ProgramOptions } from './program.ts';
import { bin } from './repository.ts';

/** One package's part of a task, as turbo plans it. */
export interface PlannedTask {
  package: string;
  /** Relative to the repository. */
  directory: string;
  isCached: boolean;
}

/** Options of `turbo run`, and after `--` arguments for the programs that it runs. */
export type TurboArguments = readonly string[];

/** What `turbo run <task>` would run, without running it. @throws {UsageError} for a filter that names no package */
export async function planTurbo(task: string, args: TurboArguments, env: NodeJS.ProcessEnv): Promise<PlannedTask[]> {
  const [own, passed] = split(args);
  const { out, err, status } = await runCaptured(bin('turbo'), ['run', task, '--dry=json', ...own, ...passed], {
    env: quiet(env),
  });
  const unknown = NO_SUCH_PACKAGE.exec(err);
  if (unknown) throw new UsageError(`No package fits --filter ${unknown[1] ?? unknown[2]}.`);
  if (status !== 0) throw new Error(`turbo could not plan ${task}:\n${err || out}`);
  const { tasks } = Plan.parse(JSON.parse(out));
  return tasks
    .filter((planned) => planned.task === task && planned.command !== '<NONEXISTENT>')
    .map(({ package: name, directory, cache }) => ({ package: name, directory, isCached: cache.status === 'HIT' }));
}

/** How turbo says that a filter names what there is not. */
const NO_SUCH_PACKAGE =
  /No package found with name '(.+)' in workspace|Directory '(.+)' specified in filter does not exist/;

const Plan = z.object({
  tasks: z.array(
    z.object({
      task: z.string(),
      package: z.string(),
      directory: z.string(),
      command: z.string(),
      cache: z.object({ status: z.string() }),
    }),
  ),
});

/** Runs a task in every package that has it, as many at once as there are cores. Returns the exit status. */
export async function runTurbo(task: string, args: TurboArguments, options: ProgramOptions = {}): Promise<number> {
  const [own, passed] = split(args);
  const how = [`--concurrency=${availableParallelism()}`, '--log-order=grouped', '--output-logs=new-only'];
  return runShown(bin('turbo'), ['run', task, ...how, ...own, ...passed], {
    ...options,
    env: quiet(options.env ?? {}),
  });
}

function split(args: TurboArguments): [own: readonly string[], passed: readonly string[]] {
  const at = args.indexOf('--');
  return at === -1 ? [args, []] : [args.slice(0, at), args.slice(at)];
}

const quiet = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  ...env,
  TURBO_TELEMETRY_DISABLED: '1',
  TURBO_NO_UPDATE_NOTIFIER: '1',
});

/**
 * Builds the packages that fit a filter of turbo's; what did not change comes from its cache. Says on stderr that it builds
 * if that takes long, unless there is someone to note what there is to say.
 */
export async function buildQuietly(
  filter: string,
  { env, signal }: ProgramOptions,
  note?: (text: string) => void,
): Promise<void> {
  const end = note ? undefined : whileItTakesLong((seconds) => console.error(inWords('Build', seconds, [])));
  const { out, err, status } = await runCaptured(
    bin('turbo'),
    ['run', 'build', `--filter=${filter}`, '--output-logs=errors-only', '--log-order=grouped'],
    { env: quiet(env ?? {}), ...(signal && { signal }) },
  ).finally(end);
  signal?.throwIfAborted();
  if (status !== 0) throw new Error(`The build failed:\n${out}\n${err}`);
  if (out.includes('FULL TURBO')) note?.('unchanged');
}
