import { setTimeout as pause } from 'node:timers/promises';

/**
 * Waits until `condition` gives something truthy, and returns that. Asks at once, then every `everyMs` (20).
 * Throws an error naming `what` when `timeoutMs` (10,000) have passed; what the condition throws passes through.
 */
export async function waitUntil<Value>(
  what: string,
  condition: () => Value | Promise<Value>,
  { timeoutMs = 10_000, everyMs = 20 } = {},
): Promise<NonNullable<Value>> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (performance.now() >= deadline) throw new Error(`Waited ${timeoutMs} ms in vain for ${what}`);
    await pause(everyMs);
  }
}
