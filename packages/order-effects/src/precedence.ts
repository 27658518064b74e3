import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';

/** Lets urgent work of this process go before what can wait. */
export interface Precedence {
  /** Does urgent work: holding and settling. */
  first: <Result>(work: () => Promise<Result>) => Promise<Result>;
  /**
   * For what can wait: resolves for one after the other, each when no urgent work is under way, or when it has been first
   * in line for long enough. Nothing waits for ever.
   */
  turn: () => Promise<void>;
}

/** However busy a sale, four mails a second are made by each process. */
const MAX_WAIT_MS = 250;

/**
 * Making a mail takes milliseconds of a process' only thread, a hold or a settlement far less. Done side by side, mails
 * would make everyone at an on-sale wait, so they are made in the gaps.
 */
export function createPrecedence(maxWaitMs = MAX_WAIT_MS): Precedence {
  let underWay = 0;
  let calm: { promise: Promise<void>; resolve: () => void } | undefined;
  let lastInLine = Promise.resolve();

  const untilCalm = async () => {
    // So that work that came meanwhile is seen.
    await nextTurn();
    if (underWay === 0) return;
    calm ??= Promise.withResolvers();
    const tooLong = new AbortController();
    const { signal } = tooLong;
    await Promise.race([calm.promise, wait(maxWaitMs, undefined, { signal }).catch(() => undefined)]);
    tooLong.abort();
  };
  return {
    first: async (work) => {
      underWay++;
      try {
        return await work();
      } finally {
        underWay--;
        if (underWay === 0) {
          calm?.resolve();
          calm = undefined;
        }
      }
    },
    turn: () => (lastInLine = lastInLine.then(untilCalm)),
  };
}
