/**
 * Puts work off to the end of this turn of the event loop, where all of it is done in one go, in order. It rejects with
 * what the work throws; the work of others goes on.
 *
 * For sending answers: each one wakes up whoever waits for it, which can cost more than making it. Sent one right after
 * the other, they find their reader awake.
 */
export function endOfTurn(): (work: () => void) => Promise<void> {
  let waiting: Waiting[] = [];
  const doAll = () => {
    const due = waiting;
    waiting = [];
    for (const { work, resolve, reject } of due) {
      try {
        work();
        resolve();
      } catch (error) {
        reject(error);
      }
    }
  };
  return (work) =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0) setImmediate(doAll);
      waiting.push({ work, resolve, reject });
    });
}

interface Waiting {
  work: () => void;
  resolve: () => void;
  reject: (error: unknown) => void;
}
