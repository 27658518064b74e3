import type { Workbench } from './workbench.ts';

/** A claim of the design's table "Speed", or what helps to understand one, and how it is measured. */
export type Row = Contest | Latency | Gauges;

interface Named {
  name: string;
  what: string;
}

/** Two sides that do the same: ours and the plain way, or ours with much and with little in the database. */
export interface Contest extends Named {
  kind: 'contest';
  /** The other side, in a few words. */
  baseline: string;
  /** What is counted per second. */
  unit: string;
  /** Times the baseline; absent where no speed is claimed. */
  atLeast?: number;
  /** Starts what both sides need; the workbench closes it. */
  open: (bench: Workbench) => Promise<Sides>;
}

export interface Sides {
  ours: Measure;
  baseline: Measure;
  /** What a reader of the figures has to know about this run. */
  remark?: () => string;
}

/** Does it for about so many seconds. */
export type Measure = (seconds: number) => Promise<Figure>;

export interface Figure {
  perSecond: number;
  /** Of one request. */
  p99Ms?: number;
}

/** Done within a time bound, at a fixed rate. */
export interface Latency extends Named {
  kind: 'latency';
  /** Absent where no bound is claimed. */
  p99BelowMs?: number;
  open: (bench: Workbench) => Promise<{ measure: (seconds: number) => Promise<Delays>; remark: () => string }>;
}

export interface Delays {
  p50Ms: number;
  p99Ms: number;
  p999Ms: number;
  maxMs: number;
}

/** Several things of one kind, each by itself: memory of each service, say. */
export interface Gauges extends Named {
  kind: 'gauges';
  unit: 'MB' | 's';
  open: (bench: Workbench) => Promise<{ measure: (seconds: number) => Promise<Gauge[]>; remark: () => string }>;
  /** Once, for as long as all rounds together, since taking turns would not help. */
  isTakenOnce: boolean;
}

export interface Gauge {
  of: string;
  value: number;
  /** Absent where no bound is claimed. */
  below?: number;
}
