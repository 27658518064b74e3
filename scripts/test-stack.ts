// `npm run test:stack`: builds and starts the container stack as docker-compose.yml has it, tries it from outside, and
// takes it down again.
import { parseCommandLine } from '@ticketing/service-kit/command-arguments';
import { runAsProcess, runCommand } from '@ticketing/service-kit/command-line';
import { EXIT } from '@ticketing/service-kit/exit-status';
import { readEnvironment } from './env.ts';
import { interruptibly } from './run/interruption.ts';
import { createChecks } from './stack/checks.ts';
import { findEngine } from './stack/engine.ts';
import { tryStack } from './stack/try-stack.ts';
import { HELP } from './help/test-stack.mjs';

await runAsProcess((args, output) => {
  const run = (keep: boolean) => interruptibly((signal) => testStack(keep, signal));
  return runCommand({ name: 'npm run test:stack --', help: HELP, readArguments, run }, args, output);
});

function readArguments(args: string[]): boolean | 'help' {
  const { values } = parseCommandLine({
    args,
    options: { help: { type: 'boolean', short: 'h' }, keep: { type: 'boolean', default: false } },
  });
  return values.help ? 'help' : values.keep;
}

async function testStack(keep: boolean, signal: AbortSignal): Promise<number> {
  const checks = createChecks(signal);
  const env = readEnvironment().all;
  await findEngine(env);
  await tryStack({ env, signal, check: checks.check, keep });
  const { passed, failed } = checks.count();
  console.log(`${passed} passed, ${failed} failed`);
  return failed > 0 ? EXIT.failed : EXIT.done;
}
