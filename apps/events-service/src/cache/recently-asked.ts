/**
 * Tells whether something was asked for before, within `withinMs` and among the last `limit` different things: what is
 * asked for once and never again is not worth keeping.
 */
export function createRecentlyAsked({
  limit,
  withinMs,
}: {
  limit: number;
  withinMs: number;
}): (key: string) => boolean {
  const askedAt = new Map<string, number>();
  return (key) => {
    const now = performance.now();
    const before = askedAt.get(key);
    // Deleted first, so that the map stays in the order of asking.
    askedAt.delete(key);
    askedAt.set(key, now);
    if (askedAt.size > limit) {
      const [oldest] = askedAt.keys();
      if (oldest !== undefined) askedAt.delete(oldest);
    }
    return before !== undefined && now - before <= withinMs;
  };
}
