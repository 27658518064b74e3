/** Short, so that holds run out while people still pay. */
export const HOLD_SECONDS = 4;

/** Open holds that someone may have of an event (ORDER_OPEN_HOLDS); undefined: the shop knows no such limit. */
export const MAX_OPEN_HOLDS: number | undefined = undefined;

/** Worst that a service's clock is wrong by, either way. */
export const MAX_CLOCK_OFFSET_MS = 5_000;

/**
 * Everything has to settle this long after the last fault. What bounds it: a process that was killed while it carried out
 * an effect keeps it for a minute (the outbox' lease); then come Stripe's retries, up to five seconds apart, and a sweep
 * every second.
 */
export const SETTLE_LIMIT_MS = 90_000;
