/** How many lines of one kind are written in how long a time; of the rest, one line tells at its end. */
export interface LogRate {
  lines: number;
  windowMs: number;
}

/**
 * Calls `write` with 1 at once, or, where enough lines of the kind were written already, later: for the last of those
 * that were withheld, with how many times that happened. A flood that goes on is one line at the end of each window.
 */
export type LogThrottle = (kind: string, rate: LogRate, write: (times: number) => void) => void;

/** Kinds that are told apart at once: whoever can make up kinds must not fill the memory. */
const MAX_KINDS = 200;
const ALL_OTHERS = 'all others';

interface Window {
  written: number;
  withheld: number;
  write: (times: number) => void;
}

/** Keeps a log readable, and the disk free, when the same thing happens again and again. */
export function createLogThrottle(): LogThrottle {
  const windows = new Map<string, Window>();
  return (kind, rate, write) => {
    const name = windows.has(kind) || windows.size < MAX_KINDS ? kind : ALL_OTHERS;
    const open = windows.get(name);
    if (open && open.written >= rate.lines) {
      open.withheld++;
      open.write = write;
      return;
    }
    if (open) open.written++;
    else begin(name, rate, { written: 1, withheld: 0, write });
    write(1);
  };

  function begin(name: string, rate: LogRate, window: Window): void {
    windows.set(name, window);
    setTimeout(() => {
      windows.delete(name);
      const { withheld } = window;
      if (withheld === 0) return;
      begin(name, rate, { ...window, written: rate.lines, withheld: 0 });
      window.write(withheld);
    }, rate.windowMs).unref();
  }
}
