// `npm run test:stack`: builds and starts the container stack as docker-compose.yml has it, tries it from outside, and
// takes it down again.
import { parseArgs } from 'node:util';
import { readEnvironment } from './env.ts';
import { EXIT_INTERRUPTED, Interrupted, interruption } from './run/interruption.ts';
import { createChecks } from './stack/checks.ts';
import { findEngine, NoEngine } from './stack/engine.ts';
import { tryStack } from './stack/try-stack.ts';

const HELP = `Tries the container stack for real: builds the images, starts docker-compose.yml with the local Stripe, buys a
ticket through Traefik over HTTPS, adds replicas, stops and kills them under load, kills what the services need, restarts
with the data kept, and takes everything down, volumes too.

  npm run test:stack
  npm run test:stack -- --keep    leaves it running, to look at: its address and its end are printed

It is a compose project of its own on free ports, so a stack that runs here is not touched; images get the tag "test".
Needs a Docker engine with the compose plugin, and some minutes. Ends with the line "N passed, N failed"; exit status 1 if
any failed.`;

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
