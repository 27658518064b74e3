// `npm test`: provides real servers, runs every package's tests, and ends with one line for the whole run.
import { parseCommandLine } from '@ticketing/service-kit/command-arguments';
import { runAsProcess, runCommand } from '@ticketing/service-kit/command-line';
import { EXIT } from '@ticketing/service-kit/exit-status';
import { whileItTakesLong } from './bootstrap/waiting.mjs';
import { readEnvironment } from './env.ts';
import { interruptibly } from './run/interruption.ts';
import { runTests, type TestRunOptions } from './run/run-tests.ts';
import { inWords } from './start/step.ts';
import { HELP } from './help/test.mjs';

type TestArguments = Required<Pick<TestRunOptions, 'filters' | 'force' | 'vitestArguments'>>;

await runAsProcess((args, output) => {
  const run = (parsed: TestArguments) => interruptibly((signal) => test(parsed, signal));
  return runCommand({ name: 'npm test --', help: HELP, readArguments, run }, args, output);
});

function readArguments(args: string[]): TestArguments | 'help' {
  // What is for vitest may look like anything.
  const end = args.includes('--') ? args.indexOf('--') : args.length;
  const { values } = parseCommandLine({
    args: args.slice(0, end),
    options: {
      help: { type: 'boolean', short: 'h' },
      force: { type: 'boolean', default: false },
      filter: { type: 'string', multiple: true, default: [] },
    },
  });
  if (values.help) return 'help';
  return { filters: values.filter, force: values.force, vitestArguments: args.slice(end + 1) };
}

async function test(parsed: TestArguments, signal: AbortSignal): Promise<number> {
  const end = whileItTakesLong((seconds) =>
    console.log(inWords('tests', seconds, ['each package is shown once it is done'])),
  );
  const { passed, failed } = await runTests({ env: readEnvironment().all, signal, ...parsed }).finally(end);
  console.log(`${passed} passed, ${failed} failed`);
  return failed > 0 ? EXIT.failed : EXIT.done;
}
