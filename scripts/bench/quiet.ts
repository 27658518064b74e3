import { cpus } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';

const SAMPLE_MS = 500;
/** Of all cores; services at rest take a few percent. */
const QUIET_SHARE = 0.15;

/**
 * Waits until the machine does next to nothing else, no longer than so many seconds. Whether it came to that: a round that
 * starts beside other work says little.
 */
export async function awaitQuiet(patienceSeconds: number, signal: AbortSignal): Promise<boolean> {
  const deadline = performance.now() + patienceSeconds * 1000;
  for (;;) {
    const before = cpuTimes();
    await wait(SAMPLE_MS, undefined, { signal });
    const after = cpuTimes();
    if ((after.busy - before.busy) / (after.all - before.all) < QUIET_SHARE) return true;
    if (performance.now() >= deadline) return false;
  }
}

function cpuTimes(): { busy: number; all: number } {
  let [busy, all] = [0, 0];
  for (const { times } of cpus()) {
    const total = times.user + times.nice + times.sys + times.irq + times.idle;
    all += total;
    busy += total - times.idle;
  }
  return { busy, all };
}
