// `pnpm bench`: every claim of speed beside its baseline, in one run.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readEnvironment, type Environment } from './env.ts';
import { describeMachine, type Machine } from './bench/machine.ts';
import { measureRow, type Outcome } from './bench/measure.ts';
import { writeReport } from './bench/report.ts';
import type { Row } from './bench/row.ts';
import { ROWS } from './bench/rows.ts';
import { legend, table } from './bench/table.ts';
import { openBenches } from './bench/workbench.ts';
import { interruption } from './run/interruption.ts';
import { buildQuietly } from './run/turbo.ts';

const HELP = `Measures how fast the services are, side by side with the plain way of doing the same.

  pnpm bench                      every row; about ten minutes; writes docs/benchmarks.md
  pnpm bench settle webhook       some rows
  pnpm bench --rounds 5           rounds of each side (3); they take turns
  pnpm bench --seconds 10         length of a round (4)
  pnpm bench --patience 60        seconds that a round waits for the machine to be quiet (10)
  pnpm bench --json               figures as JSON on stdout; progress goes to stderr
  pnpm bench --profile <folder>   leaves a CPU profile of every measured process there; figures are lower

Rows:
${ROWS.map(({ name, what }) => `  ${name.padEnd(16)}  ${what}`).join('\n')}

Starts its own Postgres (durable), Kafka and Redis on this machine and removes all of it. Where pgbench is installed it runs
the baselines of holding and settling. Exit status 0, whether the targets are reached or not.`;

/** EX_USAGE of sysexits.h. */
const EXIT_USAGE = 64;
const BOUNDS = { rounds: [1, 50], seconds: [1, 120], patience: [0, 600] } as const;

interface Options {
  rows: Row[];
  rounds: number;
  seconds: number;
  patienceSeconds: number;
  isJson: boolean;
  profiles: string | undefined;
}

process.exitCode = await main(process.argv.slice(2));
// Nothing may keep it: all that it started is closed by now.
process.exit();

async function main(args: string[]): Promise<number> {
  const options = readOptions(args);
  if (typeof options === 'string') {
    const isWanted = options === HELP;
    (isWanted ? console.log : console.error)(options);
    return isWanted ? 0 : EXIT_USAGE;
  }
  const env = readEnvironment();
  const signal = interruption();
  // What is under way when someone wants it to end fails one way or another; the end itself is what counts.
  const interrupted = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });
  try {
    return await run(options, env, signal, interrupted);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return signal.aborted ? 130 : 1;
  }
}

/** Options, or what to say instead. */
function readOptions(args: string[]): Options | string {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        json: { type: 'boolean', default: false },
        profile: { type: 'string' },
        rounds: { type: 'string', default: '3' },
        seconds: { type: 'string', default: '4' },
        patience: { type: 'string', default: '10' },
      },
    });
    if (values.help) return HELP;
    const unknown = positionals.filter((name) => !ROWS.some((row) => row.name === name));
    if (unknown.length > 0) return `There is no row ${unknown.join(', ')}.\n\n${HELP}`;
    for (const [name, [min, max]] of Object.entries(BOUNDS) as [keyof typeof BOUNDS, [number, number]][]) {
      if (!isBetween(Number(values[name]), min, max)) return `--${name} is a whole number from ${min} to ${max}.`;
    }
    const rows = ROWS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
    const profiles = values.profile === undefined ? undefined : resolve(values.profile);
    const { json: isJson } = values;
    const counts = { rounds: Number(values.rounds), seconds: Number(values.seconds) };
    return { rows, ...counts, patienceSeconds: Number(values.patience), isJson, profiles };
  } catch (error) {
    return `${(error as Error).message}\n\n${HELP}`;
  }
}

function isBetween(count: number, min: number, max: number): boolean {
  return Number.isInteger(count) && count >= min && count <= max;
}

async function run(options: Options, env: Environment, signal: AbortSignal, interrupted: Promise<never>) {
  const { rows, rounds, seconds, patienceSeconds, isJson, profiles } = options;
  const say = isJson ? console.error : console.log;
  const here = describeMachine();
  say(`${here.cores} × ${here.cpu}, ${here.memoryGb} GB, load average ${here.loadBefore.toFixed(2)}`);
  await Promise.race([buildQuietly('./apps/*', { env: env.all, signal }, () => undefined), interrupted]);
  const benches = await openBenches({ env: env.all, signal, profiles });
  try {
    const outcomes: Outcome[] = [];
    for (const row of rows) {
      say(`\n${row.name}: ${row.what}`);
      const onRound = (text: string) => say(`  ${text}`);
      const measured = benches.use((bench) => measureRow(row, bench, { rounds, seconds, patienceSeconds, onRound }));
      outcomes.push(await Promise.race([measured, interrupted]));
    }
    const machine = { ...here, postgres: benches.postgresVersion, kafka: benches.kafkaVersion() };
    await tell(options, machine, outcomes);
    return 0;
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
