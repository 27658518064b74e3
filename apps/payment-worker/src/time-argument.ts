const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A time as a command takes it: `2026-11-22T10:00:00Z`, `2026-11-22`, or how long ago, `2h`. Undefined if it is neither. */
export function readTime(given: string, now: Date): Date | undefined {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(given) ?? [];
  if (unit !== undefined) return new Date(now.getTime() - Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS]);
  const time = new Date(/^\d{4}-\d{2}-\d{2}/.test(given) ? given : '');
  return Number.isNaN(time.getTime()) ? undefined : time;
}
