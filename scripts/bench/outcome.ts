import type { Spread } from './figures.ts';

/** What the rounds of a row came to. */
export type Outcome = Measured | Failed;

/** A row that could not be measured. */
export interface Failed {
  kind: 'failed';
  row: string;
  /** In one line. */
  why: string;
}

export type Measured = {
  row: string;
  remark?: string;
  /** Rounds that began beside other work. */ disturbed: number;
} & (
  | {
      kind: 'contest';
      verdict: Verdict;
      ours: Spread;
      baseline: Spread;
      ratio: Spread;
      p99Ms?: { ours: number; baseline: number };
    }
  | { kind: 'latency'; verdict: Verdict; p50Ms: Spread; p99Ms: Spread; p999Ms: Spread; maxMs: number }
  | { kind: 'gauges'; gauges: GaugeOutcome[] }
);

export interface GaugeOutcome {
  of: string;
  value: Spread;
  below?: number;
  verdict: Verdict;
}

/** Of a target; `none` where nothing is claimed. */
export type Verdict = 'reached' | 'missed' | 'none';

export function verdict(isReached: boolean | undefined): Verdict {
  if (isReached === undefined) return 'none';
  return isReached ? 'reached' : 'missed';
}
