import type { Contest, Delays, Figure, Gauges, Latency, Row } from './row.ts';
import { spread } from './figures.ts';
import { verdict, type Failed, type Measured, type Outcome } from './outcome.ts';
import { awaitQuiet } from './quiet.ts';
import type { Workbench } from './workbench.ts';

export interface Rounds {
  rounds: number;
  seconds: number;
  /** How long a round waits for the machine to be quiet. */
  patienceSeconds: number;
  /** Told each figure as it comes. */
  onRound: (text: string) => void;
}

/** Long enough for the compilers of both sides to have seen everything. */
const WARM_UP_SECONDS = 2;

/** Measures a row: once without counting, then in so many rounds. One that fails says why, and leaves the others alone. */
export async function measureRow(row: Row, bench: Workbench, rounds: Rounds): Promise<Outcome> {
  try {
    return await takeRounds(row, bench, rounds);
  } catch (error) {
    bench.signal.throwIfAborted();
    return failure(row, error);
  }
}

/** A row that could not be measured, or not be closed. */
export function failure({ name }: Row, error: unknown): Failed {
  return { kind: 'failed', row: name, why: inOneLine(error) };
}

function takeRounds(row: Row, bench: Workbench, rounds: Rounds): Promise<Measured> {
  switch (row.kind) {
    case 'contest':
      return compare(row, bench, rounds);
    case 'latency':
      return time(row, bench, rounds);
    case 'gauges':
      return readGauges(row, bench, rounds);
  }
}

/** The sides take turns, and turns at going first, so that what slows the machine for a while slows both. */
async function compare(row: Contest, bench: Workbench, options: Rounds): Promise<Measured> {
  const { rounds, seconds, onRound } = options;
  const sides = await row.open(bench);
  let disturbed = 0;
  const measured: Record<'ours' | 'baseline', Figure[]> = { ours: [], baseline: [] };
  const take = async (side: 'ours' | 'baseline') => {
    const isQuiet = await settleDown(bench, options);
    if (!isQuiet) disturbed++;
    const figure = await sides[side](seconds);
    measured[side].push(figure);
    onRound(`${side} ${Math.round(figure.perSecond).toLocaleString('en')} ${row.unit}${besideOthers(isQuiet)}`);
  };
  for (const side of ['ours', 'baseline'] as const) await sides[side](Math.min(WARM_UP_SECONDS, seconds));
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? (['ours', 'baseline'] as const) : (['baseline', 'ours'] as const);
    for (const side of order) await take(side);
  }
  const perSecond = (figures: Figure[]) => figures.map((figure) => figure.perSecond);
  const [ours, baseline] = [spread(perSecond(measured.ours)), spread(perSecond(measured.baseline))];
  const ofRounds = measured.ours.map((figure, index) => figure.perSecond / (measured.baseline[index]?.perSecond ?? 0));
  const ratio = { ...spread(ofRounds), median: ours.median / baseline.median };
  return {
    kind: 'contest',
    row: row.name,
    verdict: verdict(row.atLeast === undefined ? undefined : ratio.median >= row.atLeast),
    ...{ disturbed, ours, baseline, ratio },
    ...p99(measured),
    ...(sides.remark && { remark: sides.remark() }),
  };
}

function p99({ ours, baseline }: Record<'ours' | 'baseline', Figure[]>) {
  const of = (figures: Figure[]) => figures.flatMap(({ p99Ms }) => (p99Ms === undefined ? [] : [p99Ms]));
  if (of(ours).length === 0 || of(baseline).length === 0) return {};
  return { p99Ms: { ours: spread(of(ours)).median, baseline: spread(of(baseline)).median } };
}

async function time(row: Latency, bench: Workbench, options: Rounds): Promise<Measured> {
  const { rounds, seconds, onRound } = options;
  const { measure, remark } = await row.open(bench);
  await measure(Math.min(WARM_UP_SECONDS, seconds));
  const measured: Delays[] = [];
  let disturbed = 0;
  for (let round = 0; round < rounds; round++) {
    const isQuiet = await settleDown(bench, options);
    if (!isQuiet) disturbed++;
    const delays = await measure(seconds);
    measured.push(delays);
    const { p50Ms, p99Ms, p999Ms } = delays;
    const text = `p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms, p99.9 ${p999Ms.toFixed(1)} ms`;
    onRound(`${text}${besideOthers(isQuiet)}`);
  }
  const p99Ms = spread(measured.map((delays) => delays.p99Ms));
  return {
    kind: 'latency',
    row: row.name,
    verdict: verdict(row.p99BelowMs === undefined ? undefined : p99Ms.median < row.p99BelowMs),
    disturbed,
    p50Ms: spread(measured.map((delays) => delays.p50Ms)),
    p99Ms,
    p999Ms: spread(measured.map((delays) => delays.p999Ms)),
    maxMs: Math.max(...measured.map((delays) => delays.maxMs)),
    remark: remark(),
  };
}

async function readGauges(row: Gauges, bench: Workbench, options: Rounds): Promise<Measured> {
  const { rounds, seconds, onRound } = options;
  const { measure, remark } = await row.open(bench);
  const all = [];
  let disturbed = 0;
  for (let round = 0; round < (row.isTakenOnce ? 1 : rounds); round++) {
    const isQuiet = await settleDown(bench, options);
    if (!isQuiet) disturbed++;
    const gauges = await measure(row.isTakenOnce ? seconds * rounds : seconds);
    all.push(...gauges);
    onRound(
      `${gauges.map(({ of, value }) => `${of} ${value.toFixed(1)} ${row.unit}`).join(', ')}${besideOthers(isQuiet)}`,
    );
  }
  const gauges = [...Map.groupBy(all, ({ of }) => of)].map(([of, values]) => {
    const value = spread(values.map((gauge) => gauge.value));
    const below = values[0]?.below;
    const isReached = below === undefined ? undefined : value.median < below;
    return { of, value, ...(below !== undefined && { below }), verdict: verdict(isReached) };
  });
  return { kind: 'gauges', row: row.name, disturbed, gauges, remark: remark() };
}

/** Nothing of the round before, and nothing of others, is to be left to do. Whether that is so. */
async function settleDown(bench: Workbench, { patienceSeconds }: Rounds): Promise<boolean> {
  await bench.checkpoint();
  return awaitQuiet(patienceSeconds, bench.signal);
}

const besideOthers = (isQuiet: boolean) => (isQuiet ? '' : ', beside other work on this machine');

const LONGEST_REASON = 300;

/** The first line with something in it; a page of a failure belongs on the terminal, not into a table. */
function inOneLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const line = text.split('\n').find((one) => one.trim() !== '') ?? 'no reason given';
  return line.trim().slice(0, LONGEST_REASON);
}
