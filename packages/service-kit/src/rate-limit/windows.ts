/** Counts of one key, from its first call on until the window ends. */
export interface Window {
  /** What Redis had counted when it was last asked, this process' part included. */
  shared: number;
  /** What this process has counted and not told Redis. */
  unsent: number;
  endsAtMs: number;
  /** Waits to be told to Redis. */
  isQueued: boolean;
}

export interface Windows {
  /** The key's window under way; begins one if there is none. */
  open: (key: string) => Window;
  find: (key: string) => Window | undefined;
  delete: (key: string) => void;
  size: () => number;
}

/** Of short keys, some 15 MB: a bound on what a client that changes its address at will can make it. */
const MAX_KEYS = 100_000;

/**
 * Windows of many keys in bounded memory, without a timer for any: two generations of half of `maxKeys`. When the younger
 * is full, the older is dropped as a whole; a key that is used moves to the younger, so a busy client is not forgotten for
 * many idle ones. (Deleting a Map's first entries one by one costs 20 µs each, since iteration skips the holes.)
 */
export function createWindows(windowMs: number, maxKeys = MAX_KEYS): Windows {
  let younger = new Map<string, Window>();
  let older = new Map<string, Window>();
  const put = (key: string, window: Window) => {
    if (younger.size >= maxKeys / 2) {
      older = younger;
      younger = new Map();
    }
    younger.set(key, window);
  };
  const find = (key: string) => {
    const window = younger.get(key) ?? older.get(key);
    return window !== undefined && window.endsAtMs > performance.now() ? window : undefined;
  };
  return {
    find,
    open: (key) => {
      const window = find(key) ?? { shared: 0, unsent: 0, endsAtMs: performance.now() + windowMs, isQueued: false };
      if (younger.get(key) !== window) put(key, window);
      return window;
    },
    delete: (key) => {
      younger.delete(key);
      older.delete(key);
    },
    size: () => younger.size + older.size,
  };
}
