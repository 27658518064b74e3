/** What takes longer than this has to say what it waits for, */
const FIRST_MS = 5_000;
/** and again after each of these. */
const THEN_MS = 15_000;

/**
 * Calls back with the seconds that have passed, once it takes long, and then again and again. Returns what ends that.
 * @param {(seconds: number) => void} callback
 * @param {number} [repeatMs]
 * @returns {() => void}
 */
export function whileItTakesLong(callback, repeatMs = THEN_MS) {
  const started = Date.now();
  const tell = () => {
    callback(Math.round((Date.now() - started) / 1000));
    timer = setTimeout(tell, repeatMs);
    timer.unref();
  };
  let timer = setTimeout(tell, FIRST_MS);
  timer.unref();
  return () => clearTimeout(timer);
}
