import type { CacheEntry } from './entry.ts';

/** A body from Redis, in this process. */
export interface Copy {
  entry: Pick<CacheEntry, 'bodyKey' | 'stampKey'>;
  body: { json: Buffer; etag: string };
  /** It is good while this is the era. */
  era: string;
  /** By this machine's clock. */
  validUntilMs: number;
}

export interface Copies {
  find: (bodyKey: string) => Copy | undefined;
  /** Keeps a copy, if there is room for it beside those used last. */
  keep: (copy: Copy) => void;
  /** Forgets what was stored under these stamps. */
  drop: (stampKeys: readonly string[]) => void;
  clear: () => void;
  /** Goes up whenever something is dropped: what was asked for before may be older than that. */
  version: () => number;
  size: () => { copies: number; bytes: number };
}

/** What a copy takes besides its body. */
const OVERHEAD_BYTES = 512;

/** Keeps copies within so many bytes; those that were not used for longest go first. */
export function createCopies(maxBytes: number): Copies {
  // In the order of use.
  const copies = new Map<string, Copy>();
  let bytes = 0;
  let version = 0;

  const forget = (copy: Copy) => {
    if (copies.delete(copy.entry.bodyKey)) bytes -= sizeOf(copy);
  };
  return {
    find: (bodyKey) => {
      const copy = copies.get(bodyKey);
      if (copy) {
        copies.delete(bodyKey);
        copies.set(bodyKey, copy);
      }
      return copy;
    },
    keep: (copy) => {
      const before = copies.get(copy.entry.bodyKey);
      if (before) forget(before);
      if (sizeOf(copy) > maxBytes) return;
      copies.set(copy.entry.bodyKey, copy);
      bytes += sizeOf(copy);
      for (const oldest of copies.values()) {
        if (bytes <= maxBytes) break;
        forget(oldest);
      }
    },
    drop: (stampKeys) => {
      version++;
      // All of them are looked at: there are few, and writes are rare.
      for (const copy of copies.values()) if (stampKeys.includes(copy.entry.stampKey)) forget(copy);
    },
    clear: () => {
      version++;
      copies.clear();
      bytes = 0;
    },
    version: () => version,
    size: () => ({ copies: copies.size, bytes }),
  };
}

function sizeOf({ body }: Copy): number {
  return body.json.length + OVERHEAD_BYTES;
}
