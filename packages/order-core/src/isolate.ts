import { present } from '@ticketing/service-kit/present';
import { isUnavailable } from '@ticketing/service-kit/postgres';

/** What became of one item of a batch. */
export type Attempted<Result> = { ok: true; result: Result } | { ok: false; error: unknown };

export interface IsolateOptions<Item, Result> {
  /** Does a whole batch, all or nothing, and returns one result for each item, in the same order. */
  run: (items: Item[]) => Promise<Result[]>;
  keyOf: (item: Item) => string;
  /** Whether splitting a failed batch is pointless, because every part of it would fail alike. */
  failsAll: (error: unknown) => boolean;
}

/**
 * Runs a batch. If it fails, it is split, by key and then in halves, until the item at fault stands alone: one bad item
 * fails nobody else's. Never rejects; the answers are in the items' order.
 */
export async function runIsolating<Item, Result>(
  items: Item[],
  options: IsolateOptions<Item, Result>,
): Promise<Attempted<Result>[]> {
  try {
    const results = await options.run(items);
    return results.map((result) => ({ ok: true, result }));
  } catch (error) {
    if (items.length === 1 || options.failsAll(error)) return items.map(() => ({ ok: false, error }));
  }
  const answers = new Map<Item, Attempted<Result>>();
  for (const part of split(items, options.keyOf)) {
    const attempted = await runIsolating(part, options);
    part.forEach((item, index) => answers.set(item, present(attempted[index])));
  }
  return items.map((item) => present(answers.get(item)));
}

/** By key, if there are several: what blocks one key need not block the others. Else in halves. */
function split<Item>(items: Item[], keyOf: (item: Item) => string): Item[][] {
  const byKey = [...Map.groupBy(items, keyOf).values()];
  if (byKey.length > 1) return byKey;
  const half = Math.ceil(items.length / 2);
  return [items.slice(0, half), items.slice(half)];
}

/** SQLSTATE of a lock time-out and of a deadlock: the trouble of one key, not of the whole batch. */
const CONFLICTS = new Set<unknown>(['55P03', '40P01']);

/** Whether the database is away, so that splitting a batch would only make everyone wait longer. */
export function isAway(error: unknown): boolean {
  return isUnavailable(error) && !CONFLICTS.has((error as { code?: unknown }).code);
}
