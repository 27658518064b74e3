import { isUnavailable } from '@ticketing/service-kit/postgres';
import { unavailable } from '@ticketing/service-kit/problem';

export interface BatcherOptions<Item, Result> {
  /** Does a whole batch, and returns one result for each item, in the same order. */
  run: (items: Item[]) => Promise<Result[]>;
  /** Items with the same key are never in two batches at once, and keep their order of arrival. */
  keyOf: (item: Item) => string;
  maxBatch: number;
  /** Batches under way at once. */
  lanes: number;
  /** Items waiting; above it, `submit` refuses at once. */
  maxWaiting: number;
  /** Whether splitting a failed batch is pointless, because every part of it would fail alike. */
  failsAll: (error: unknown) => boolean;
}

export interface Batcher<Item, Result> {
  /**
   * The result of the item, once the batch that it was in is done. A batch that fails is split until the item at fault
   * stands alone, so that it fails nobody else's.
   * @throws UNAVAILABLE when too many are waiting, or after `close`
   */
  submit: (item: Item) => Promise<Result>;
  /** Refuses further items and waits for those that were taken. */
  close: () => Promise<void>;
}

interface Waiting<Item, Result> {
  item: Item;
  key: string;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
}

/**
 * Joins items that arrive while a batch is under way into the next batch: one transaction for many, and no added wait
 * when there is little to do.
 */
export function createBatcher<Item, Result>(options: BatcherOptions<Item, Result>): Batcher<Item, Result> {
  const { run, keyOf, maxBatch, lanes, maxWaiting, failsAll } = options;
  /** Items of each key that wait; a key is in `ready` if none of its items is under way. */
  const queues = new Map<string, Waiting<Item, Result>[]>();
  const ready = new Set<string>();
  const underWay = new Set<string>();
  let waiting = 0;
  let running = 0;
  let closed = false;
  let onIdle: (() => void) | undefined;

  function startBatches(): void {
    while (running < lanes && ready.size > 0) {
      const { batch, keys } = takeBatch();
      running++;
      void runSplitting(batch).finally(() => {
        running--;
        for (const key of keys) {
          underWay.delete(key);
          if (queues.has(key)) ready.add(key);
        }
        startBatches();
        if (running === 0 && waiting === 0) onIdle?.();
      });
    }
  }

  function takeBatch(): { batch: Waiting<Item, Result>[]; keys: string[] } {
    const batch: Waiting<Item, Result>[] = [];
    const keys: string[] = [];
    for (const key of ready) {
      if (batch.length >= maxBatch) break;
      const queue = queues.get(key) ?? [];
      const taken = queue.splice(0, maxBatch - batch.length);
      if (queue.length === 0) queues.delete(key);
      batch.push(...taken);
      keys.push(key);
      ready.delete(key);
      underWay.add(key);
    }
    waiting -= batch.length;
    return { batch, keys };
  }

  async function runSplitting(batch: Waiting<Item, Result>[]): Promise<void> {
    let results: Result[];
    try {
      results = await run(batch.map(({ item }) => item));
    } catch (error) {
      if (batch.length === 1 || failsAll(error)) {
        for (const { reject } of batch) reject(error);
        return;
      }
      for (const part of split(batch)) await runSplitting(part);
      return;
    }
    batch.forEach(({ resolve }, index) => {
      resolve(results[index] as Result);
    });
  }

  return {
    submit: (item) =>
      new Promise((resolve, reject) => {
        if (closed || waiting >= maxWaiting) {
          const reason = closed ? 'The service is closing.' : 'Too many requests are waiting.';
          reject(unavailable(`${reason} Try again shortly.`));
          return;
        }
        const key = keyOf(item);
        const queue = queues.get(key);
        if (queue) {
          queue.push({ item, key, resolve, reject });
        } else {
          queues.set(key, [{ item, key, resolve, reject }]);
          if (!underWay.has(key)) ready.add(key);
        }
        waiting++;
        startBatches();
      }),
    close: async () => {
      closed = true;
      if (running === 0 && waiting === 0) return;
      await new Promise<void>((resolve) => {
        onIdle = resolve;
      });
    },
  };
}

/** By key, if there are several: what blocks one key need not block the others. Else in halves. */
function split<Item extends { key: string }>(batch: Item[]): Item[][] {
  const byKey = [...Map.groupBy(batch, ({ key }) => key).values()];
  if (byKey.length > 1) return byKey;
  const half = Math.ceil(batch.length / 2);
  return [batch.slice(0, half), batch.slice(half)];
}

/** SQLSTATE of a lock time-out and of a deadlock: the trouble of one key, not of the whole batch. */
const CONFLICTS = new Set<unknown>(['55P03', '40P01']);

/** Whether the database is away, so that splitting a batch would only make everyone wait longer. */
export function isAway(error: unknown): boolean {
  return isUnavailable(error) && !CONFLICTS.has((error as { code?: unknown }).code);
}
