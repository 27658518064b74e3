import type { Contest, Delays, Figure, Latency, Row } from './row.ts';
import { spread, type Spread } from './figures.ts';
import { awaitQuiet } from './quiet.ts';
import type { Workbench } from './workbench.ts';

/** What the rounds of a row came to. */
export type Outcome = {
  row: string;
  isReached: boolean;
  /** Rounds that began beside other work on this machine. */
  disturbed: number;
  remark?: string;
} & (
  | { kind: 'contest'; ours: Spread; baseline: Spread; ratio: Spread; p99Ms?: { ours: number; baseline: number } }
  | { kind: 'latency'; p50Ms: Spread; p99Ms: Spread; maxMs: number }
);

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

/** Measures a row: once without counting, then in so many rounds. */
export function measureRow(row: Row, bench: Workbench, rounds: Rounds): Promise<Outcome> {
  return row.kind === 'contest' ? compare(row, bench, rounds) : time(row, bench, rounds);
}

/** The sides take turns, and turns at going first, so that what slows the machine for a while slows both. */
async function compare(row: Contest, bench: Workbench, options: Rounds): Promise<Outcome> {
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
    isReached: ratio.median >= row.atLeast,
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

async function time(row: Latency, bench: Workbench, options: Rounds): Promise<Outcome> {
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
    onRound(`p50 ${delays.p50Ms.toFixed(1)} ms, p99 ${delays.p99Ms.toFixed(1)} ms${besideOthers(isQuiet)}`);
  }
  const p99Ms = spread(measured.map((delays) => delays.p99Ms));
  return {
    kind: 'latency',
    row: row.name,
    isReached: p99Ms.median < row.p99BelowMs,
    disturbed,
    p50Ms: spread(measured.map((delays) => delays.p50Ms)),
    p99Ms,
    maxMs: Math.max(...measured.map((delays) => delays.maxMs)),
    remark: remark(),
  };
}

/** Nothing of the round before, and nothing of others, is to be left to do. Whether that is so. */
async function settleDown(bench: Workbench, { patienceSeconds }: Rounds): Promise<boolean> {
  await bench.checkpoint();
  return awaitQuiet(patienceSeconds, bench.signal);
}

const besideOthers = (isQuiet: boolean) => (isQuiet ? '' : ', beside other work on this machine');
