// `npm run test:stack`: builds and starts the container stack as docker-compose.yml has it, tries it from outside, and
// takes it down again.
import { parseArgs } from 'node:util';
import { readEnvironment } from './env.ts';
import { EXIT_INTERRUPTED, Interrupted, interruption } from './run/interruption.ts';
import { createChecks } from './stack/checks.ts';
import { findEngine, NoEngine } from './stack/engine.ts';
import { tryStack } from './stack/try-stack.ts';
import { HELP } from './help/test-stack.mjs';

process.exitCode = await main();

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { help: { type: 'boolean', short: 'h' }, keep: { type: 'boolean', default: false } },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const signal = interruption();
  const checks = createChecks(signal);
  try {
    const env = readEnvironment().all;
    await findEngine(env);
    await tryStack({ env, signal, check: checks.check, keep: values.keep });
  } catch (error) {
    if (error instanceof Interrupted || signal.aborted) return EXIT_INTERRUPTED;
    if (!(error instanceof NoEngine)) throw error;
    console.error(error.message);
    return 1;
  }
  const { passed, failed } = checks.count();
  console.log(`${passed} passed, ${failed} failed`);
  return failed > 0 ? 1 : 0;
}
