import { unavailable } from '@ticketing/service-kit/problem';

export interface GateOptions {
  /** How many run at once. */
  atOnce: number;
  /** How many may wait; one more is refused. */
  maxWaiting: number;
  /** How long one may wait. */
  maxWaitMs: number;
}

/** Lets a bounded number of expensive things run at once, first come, first served. */
export interface Gate {
  /** Runs `work` when it is its turn. It throws UNAVAILABLE when too many wait, or when the turn does not come in time. */
  run: <T>(work: () => Promise<T>) => Promise<T>;
}

export function createGate({ atOnce, maxWaiting, maxWaitMs }: GateOptions): Gate {
  let running = 0;
  const waiting = new Set<() => void>();

  function enter(): Promise<void> | undefined {
    if (running < atOnce) {
      running++;
      return undefined;
    }
    if (waiting.size >= maxWaiting) throw tooBusy();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.delete(admit);
        reject(tooBusy());
      }, maxWaitMs);
      const admit = () => {
        clearTimeout(timer);
        resolve();
      };
      waiting.add(admit);
    });
  }

  function leave(): void {
    const [next] = waiting;
    if (!next) {
      running--;
      return;
    }
    // The place is handed on, so `running` stays as it is.
    waiting.delete(next);
    next();
  }

  return {
    run: async (work) => {
      await enter();
      try {
        return await work();
      } finally {
        leave();
      }
    },
  };
}

function tooBusy() {
  return unavailable('Too many people are signing in right now. Try again shortly.');
}
