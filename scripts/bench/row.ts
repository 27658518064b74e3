import type { Workbench } from './workbench.ts';

/** A claim of the design's table "Speed", and how it is measured. */
export type Row = Contest | Latency;

/** So much faster than the plain way of doing the same. */
export interface Contest {
  kind: 'contest';
  name: string;
  what: string;
  /** The plain way, in a few words. */
  baseline: string;
  /** What is counted per second. */
  unit: string;
  /** Times the baseline. */
  atLeast: number;
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

/** Done within a time bound. */
export interface Latency {
  kind: 'latency';
  name: string;
  what: string;
  p99BelowMs: number;
  open: (bench: Workbench) => Promise<{ measure: (seconds: number) => Promise<Delays>; remark: () => string }>;
}

export interface Delays {
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
}
