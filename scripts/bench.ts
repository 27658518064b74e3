// `pnpm bench`: every claim of speed beside its baseline, in one run.
import { runAsProcess, runCommand } from '@ticketing/service-kit/command-line';
import { EXIT } from '@ticketing/service-kit/exit-status';
import { readEnvironment, type Environment } from './env.ts';
import { describeMachine, type Machine } from './bench/machine.ts';
import { failure, measureRow } from './bench/measure.ts';
import { readOptions, type Options } from './bench/options.ts';
import type { Outcome } from './bench/outcome.ts';
import { writeReport } from './bench/report.ts';
import { ROWS } from './bench/rows.ts';
import { legend, table } from './bench/table.ts';
import { openBenches } from './bench/workbench.ts';
import { interruptibly } from './run/interruption.ts';
import { buildQuietly } from './run/turbo.ts';
import { HELP } from './help/bench.mjs';

await runAsProcess((args, output) => {
  const measure = (options: Options) => interruptibly((signal) => runInterruptibly(options, signal));
  return runCommand({ name: 'pnpm bench', help: HELP, readArguments: readOptions, run: measure }, args, output);
});
// Nothing may keep it: all that it started is closed by now.
process.exit();

function runInterruptibly(options: Options, signal: AbortSignal): Promise<number> {
  // What is under way when someone wants it to end fails one way or another; the end itself is what counts.
  const interrupted = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });
  return run(options, readEnvironment(), signal, interrupted);
}

async function run(options: Options, env: Environment, signal: AbortSignal, interrupted: Promise<never>) {
  const { rows, rounds, seconds, patienceSeconds, isJson, profiles } = options;
  const say = isJson ? console.error : console.log;
  const here = describeMachine();
  say(`${here.cores} × ${here.cpu}, ${here.memoryGb} GB, load average ${here.loadBefore.toFixed(2)}`);
  await Promise.race([buildQuietly('./apps/*', { env: env.all, signal }), interrupted]);
  const benches = await openBenches({ env: env.all, signal, profiles });
  try {
    const outcomes: Outcome[] = [];
    for (const [index, row] of rows.entries()) {
      say(`\n${index + 1}/${rows.length} ${row.name}: ${row.what}`);
      const onRound = (text: string) => say(`  ${text}`);
      const measured = benches
        .use((bench) => measureRow(row, bench, { rounds, seconds, patienceSeconds, onRound }))
        .catch((error: unknown) => failure(row, error));
      const outcome = await Promise.race([measured, interrupted]);
      if (outcome.kind === 'failed') say(`  failed: ${outcome.why}`);
      outcomes.push(outcome);
    }
    const machine = { ...here, postgres: benches.postgresVersion, kafka: benches.kafkaVersion() };
    await tell(options, machine, outcomes);
    return outcomes.some(({ kind }) => kind === 'failed') ? EXIT.failed : EXIT.done;
  } finally {
    await benches.close();
  }
}

async function tell(options: Options, machine: Machine, outcomes: Outcome[]): Promise<void> {
  const { rows, rounds, seconds, patienceSeconds, isJson, profiles } = options;
  const date = new Date();
  if (isJson) console.log(JSON.stringify({ date, machine, rounds, seconds, outcomes }, undefined, 2));
  const texts = { table: table(rows, outcomes), legend: legend(rows, outcomes) };
  if (!isJson) console.log(`\n${texts.table}\n\n${texts.legend}`);
  // Profiling slows all down, and a part of the rows must not stand for the whole.
  if (profiles !== undefined || rows.length < ROWS.length) return;
  const command = `pnpm bench --rounds ${rounds} --seconds ${seconds} --patience ${patienceSeconds}`;
  await writeReport({ date, command, rounds, seconds, machine, ...texts });
  (isJson ? console.error : console.log)('\nWritten to docs/benchmarks.md.');
}
