const FIRST_MS = 5_000;
const THEN_MS = 15_000;

/**
 * Says on stderr what is being waited for: first after 5 s, then every 15 s. Returns what ends that.
 * @param {() => string} what
 * @returns {() => void}
 */
export function sayWhileWaiting(what) {
  const started = Date.now();
  const say = () => {
    process.stderr.write(`  still waiting after ${Math.round((Date.now() - started) / 1000)} s: ${what()}\n`);
    timer = setTimeout(say, THEN_MS);
  };
  let timer = setTimeout(say, FIRST_MS);
  return () => clearTimeout(timer);
}
