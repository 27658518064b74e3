// `npm run check`: everything that has to hold before a push, one after the other, with a summary.
import { parseArgs } from 'node:util';
import { readEnvironment } from './env.ts';
import { interruption } from './run/interruption.ts';
import { runShown } from './run/program.ts';
import { bin, inRoot } from './run/repository.ts';
import { runTurbo } from './run/turbo.ts';

const HELP = `Checks everything: format, lint, import boundaries, types, tests.

  npm run check
  npm run check -- --skip-tests    all but the tests

Goes on after a failure, and says at the end what failed.`;

const DEPCRUISE = ['--config', '.dependency-cruiser.mjs', 'apps', 'packages', 'scripts'];

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
  const options = { env: env.all, signal };
  const parts: [name: string, run: () => Promise<number>][] = [
    ['format', () => runShown(bin('prettier'), ['--check', '--cache', '--log-level=warn', '.'], options)],
    ['lint', () => runTurbo('lint', ['--continue=always'], options)],
    ['import boundaries', () => runShown(bin('depcruise'), DEPCRUISE, options)],
    ['types', () => runTurbo('types', ['--continue=always'], options)],
  ];
  if (!values['skip-tests']) {
    parts.push(['tests', () => runShown(process.execPath, [inRoot('scripts/test.ts')], options)]);
  }
  const failed: string[] = [];
  for (const [name, run] of parts) {
    const started = performance.now();
    const status = await run();
    if (signal.aborted) return 130;
    if (status !== 0) failed.push(name);
    console.log(`${status === 0 ? '✔' : '✗'} ${name}, ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
  }
  if (failed.length > 0) console.log(`Failed: ${failed.join(', ')}`);
  return failed.length > 0 ? 1 : 0;
}
