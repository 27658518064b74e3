import { unavailable } from '@ticketing/service-kit/problem';
import { currentTraceparent, inTraces } from '@ticketing/service-kit/trace';
import { runIsolating, type IsolateOptions } from './isolate.ts';

export interface BatcherOptions<Item, Result> extends IsolateOptions<Item, Result> {
  /** What a batch is called in traces. */
  name: string;
  /** Items with the same key are never in two batches at once, and keep their order of arrival. */
  keyOf: (item: Item) => string;
  maxBatch: number;
  /** Batches under way at once. */
  lanes: number;
  /** Items waiting; above it, `submit` refuses at once. */
  maxWaiting: number;
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
  /** The trace that it was submitted in. */
  traceparent: string | undefined;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
}

/**
 * Joins items that arrive while a batch is under way into the next batch: one transaction for many, and no added wait
 * when there is little to do.
 */
export function createBatcher<Item, Result>(options: BatcherOptions<Item, Result>): Batcher<Item, Result> {
  const { name, keyOf, maxBatch, lanes, maxWaiting } = options;
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
      void settleBatch(batch).finally(() => {
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

  async function settleBatch(batch: Waiting<Item, Result>[]): Promise<void> {
    const attempts = await inTraces(
      batch.map(({ traceparent }) => traceparent),
      name,
      { 'ticketing.batch_size': batch.length },
      () =>
        runIsolating(
          batch.map(({ item }) => item),
          options,
        ),
    );
    batch.forEach(({ resolve, reject }, index) => {
      const attempted = attempts[index];
      if (attempted?.ok) resolve(attempted.result);
      else reject(attempted?.error);
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
        const entry = { item, traceparent: currentTraceparent(), resolve, reject };
        if (queue) {
          queue.push(entry);
        } else {
          queues.set(key, [entry]);
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
