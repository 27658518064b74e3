/**
 * Makes reads that ask for the same at once share one. A read is shared only by callers that came before it began: one
 * that came later waits for the next, so that it sees all that was written before it came. At most one per key is under
 * way and one waits.
 */
export function createSharedRead<Value>(): (key: string, read: () => Promise<Value>) => Promise<Value> {
  const underWay = new Map<string, Promise<Value>>();
  const next = new Map<string, Promise<Value>>();

  const start = (key: string, read: () => Promise<Value>) => {
    const reading = read().finally(() => {
      if (underWay.get(key) === reading) underWay.delete(key);
    });
    underWay.set(key, reading);
    return reading;
  };
  return (key, read) => {
    const current = underWay.get(key);
    if (!current) return start(key, read);
    const joined = next.get(key);
    if (joined) return joined;
    const startNext = () => {
      next.delete(key);
      return start(key, read);
    };
    const following = current.then(startNext, startNext);
    next.set(key, following);
    return following;
  };
}
