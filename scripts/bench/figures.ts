/** The middle one of some figures, and how far they lie apart. */
export interface Spread {
  median: number;
  min: number;
  max: number;
}

export function spread(figures: number[]): Spread {
  return { median: quantile(figures, 0.5), min: Math.min(...figures), max: Math.max(...figures) };
}

/** Interpolated between neighbours, so that the median of two is the middle. */
export function quantile(figures: number[], share: number): number {
  const [value = Number.NaN] = quantiles(figures, [share]);
  return value;
}

/** What there is to know about many delays. */
export function delaysOf(delaysMs: number[]): { p50Ms: number; p99Ms: number; p999Ms: number; maxMs: number } {
  const [p50Ms = NaN, p99Ms = NaN, p999Ms = NaN, maxMs = NaN] = quantiles(delaysMs, [0.5, 0.99, 0.999, 1]);
  return { p50Ms, p99Ms, p999Ms, maxMs };
}

function quantiles(figures: number[], shares: number[]): number[] {
  const sorted = Float64Array.from(figures).sort();
  return shares.map((share) => {
    const at = (sorted.length - 1) * share;
    const below = sorted[Math.floor(at)] ?? Number.NaN;
    const above = sorted[Math.ceil(at)] ?? Number.NaN;
    return below + (above - below) * (at - Math.floor(at));
  });
}
