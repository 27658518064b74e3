// `npm run check`: everything that has to hold before a push, one after the other, with a summary.
import { parseArgs } from 'node:util';
import { whileItTakesLong } from './bootstrap/waiting.mjs';
import { readEnvironment } from './env.ts';
import { auditDependencies } from './run/audit.ts';
import { EXIT_INTERRUPTED, Interrupted, interruption } from './run/interruption.ts';
import { runShown } from './run/program.ts';
import { bin } from './run/repository.ts';
import { runTests } from './run/run-tests.ts';
import { runTurbo } from './run/turbo.ts';
import { inWords } from './start/step.ts';
import { HELP } from './help/check.mjs';

const DEPCRUISE = ['--config', '.dependency-cruiser.mjs', 'apps', 'packages', 'scripts', 'security'];

const env = readEnvironment();
const signal = interruption();
process.exitCode = await main();

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { help: { type: 'boolean', short: 'h' }, 'skip-tests': { type: 'boolean', default: false } },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  try {
    return await check(!values['skip-tests']);
  } catch (error) {
    if (error instanceof Interrupted) return EXIT_INTERRUPTED;
    throw error;
  }
}

async function check(withTests: boolean): Promise<number> {
  const options = { env: env.all, signal };
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
  return failed.length > 0 ? 1 : 0;
}
