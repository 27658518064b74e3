// `npm run check`: everything that has to hold before a push, one after the other, with a summary.
import { parseCommandLine } from '@ticketing/service-kit/command-arguments';
import { runAsProcess, runCommand } from '@ticketing/service-kit/command-line';
import { EXIT } from '@ticketing/service-kit/exit-status';
import { whileItTakesLong } from './bootstrap/waiting.mjs';
import { readEnvironment } from './env.ts';
import { auditDependencies } from './run/audit.ts';
import { interruptibly } from './run/interruption.ts';
import { runShown } from './run/program.ts';
import { bin } from './run/repository.ts';
import { runTests } from './run/run-tests.ts';
import { runTurbo } from './run/turbo.ts';
import { inWords } from './start/step.ts';
import { HELP } from './help/check.mjs';

const DEPCRUISE = ['--config', '.dependency-cruiser.mjs', 'apps', 'packages', 'scripts', 'security'];

await runAsProcess((args, output) => {
  const run = (withTests: boolean) => interruptibly((signal) => check(withTests, signal));
  return runCommand({ name: 'npm run check --', help: HELP, readArguments, run }, args, output);
});

function readArguments(args: string[]): boolean | 'help' {
  const { values } = parseCommandLine({
    args,
    options: { help: { type: 'boolean', short: 'h' }, 'skip-tests': { type: 'boolean', default: false } },
  });
  return values.help ? 'help' : !values['skip-tests'];
}

async function check(withTests: boolean, signal: AbortSignal): Promise<number> {
  const options = { env: readEnvironment().all, signal };
  const tests = { passed: 0, failed: 0 };
  const parts: [name: string, run: () => Promise<number>][] = [
    ['format', () => runShown(bin('prettier'), ['--check', '--cache', '--log-level=warn', '.'], options)],
    ['lint', () => runTurbo('lint', ['--continue=always'], options)],
    ['import boundaries', () => runShown(bin('depcruise'), DEPCRUISE, options)],
    ['types', () => runTurbo('types', ['--continue=always'], options)],
    ['dependency audit', () => auditDependencies(options)],
  ];
  if (withTests) parts.push(['tests', async () => Object.assign(tests, await runTests(options)).failed]);
  const failed: string[] = [];
  for (const [name, run] of parts) {
    const started = performance.now();
    const end = whileItTakesLong((seconds) => console.log(inWords(name, seconds, [])));
    const status = await run().finally(end);
    signal.throwIfAborted();
    if (status !== 0) failed.push(name);
    console.log(`${status === 0 ? '✔' : '✗'} ${name}, ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
  }
  if (failed.length > 0) console.log(`Failed: ${failed.join(', ')}`);
  if (withTests) {
    const otherChecks = failed.filter((name) => name !== 'tests').length;
    console.log(`${tests.passed} passed, ${tests.failed + otherChecks} failed`);
  }
  return failed.length > 0 ? EXIT.failed : EXIT.done;
}
