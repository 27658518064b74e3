// `npm test`: provides real servers, runs every package's tests, and ends with one line for the whole run.
import { parseArgs } from 'node:util';
import { whileItTakesLong } from './bootstrap/waiting.mjs';
import { readEnvironment } from './env.ts';
import { EXIT_INTERRUPTED, Interrupted, interruption } from './run/interruption.ts';
import { runTests } from './run/run-tests.ts';
import { inWords } from './start/step.ts';
import { HELP } from './help/test.mjs';

process.exitCode = await main();

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h' },
      force: { type: 'boolean', default: false },
      filter: { type: 'string', multiple: true, default: [] },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const end = whileItTakesLong((seconds) =>
    console.log(inWords('tests', seconds, ['each package is shown once it is done'])),
  );
  try {
    const { passed, failed } = await runTests({
      env: readEnvironment().all,
      signal: interruption(),
      filters: values.filter,
      force: values.force,
      vitestArguments: positionals,
    }).finally(end);
    console.log(`${passed} passed, ${failed} failed`);
    return failed > 0 ? 1 : 0;
  } catch (error) {
    if (error instanceof Interrupted) return EXIT_INTERRUPTED;
    throw error;
  }
}
