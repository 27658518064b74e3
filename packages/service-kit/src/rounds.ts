import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from './log.ts';

export interface RoundsOptions {
  /** Does a bounded part of what is due, and returns whether there is more; less of it once `signal` is aborted. */
  work: (signal: AbortSignal) => Promise<boolean>;
  everyMs: number;
  /** How long to wait before the first round; none when not given. */
  firstAfterMs?: number;
  /** What a failure is logged as. */
  name: string;
  log: Logger;
}

export interface Rounds {
  /** Something may be due now; without it, the next round finds it. */
  poke: () => void;
  /** Lets the round under way finish. */
  close: () => Promise<void>;
}

/** Does a piece of work again and again, one round after the other, whatever comes of it. */
export function startRounds({ work, everyMs, firstAfterMs = 0, name, log }: RoundsOptions): Rounds {
  const closing = new AbortController();
  let wake = new AbortController();
  const done = loop();
  return {
    poke: () => wake.abort(),
    close: async () => {
      closing.abort();
      await done;
    },
  };

  async function loop(): Promise<void> {
    if (firstAfterMs > 0) await wait(firstAfterMs, undefined, { signal: closing.signal }).catch(() => undefined);
    while (!closing.signal.aborted) {
      wake = new AbortController();
      const isMore = await work(closing.signal).catch((error: unknown) => {
        log.warn({ err: error, work: name }, 'background work put off');
        return false;
      });
      // A poke during the round has aborted the signal: the wait is over before it begins.
      const signal = AbortSignal.any([wake.signal, closing.signal]);
      if (!isMore) await wait(everyMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
