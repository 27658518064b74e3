/**
 * Which offsets of a partition are finished, in whatever order they finish. The position that may be committed is the
 * lowest offset that is not: a message that waits for its retry is read again if the worker dies, and all that was
 * finished after it is absorbed by settling being idempotent.
 */
export interface OffsetTracker {
  start: (offset: bigint) => void;
  finish: (offset: bigint) => void;
  /** The offset to go on from after a restart: everything before it is finished. Undefined before anything was started. */
  position: () => bigint | undefined;
  /** Started and not finished. */
  open: () => number;
}

export function createOffsetTracker(): OffsetTracker {
  const open = new Set<bigint>();
  /** In order of start, which is the order of offsets; the front is dropped once it is finished. */
  const started: bigint[] = [];
  let next: bigint | undefined;
  return {
    start: (offset) => {
      if (next !== undefined && offset < next) return;
      open.add(offset);
      started.push(offset);
      next = offset + 1n;
    },
    finish: (offset) => {
      open.delete(offset);
      while (started[0] !== undefined && !open.has(started[0])) started.shift();
    },
    position: () => started[0] ?? next,
    open: () => open.size,
  };
}
