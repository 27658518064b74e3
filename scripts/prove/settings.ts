/** Short, so that holds run out while people still pay. */
export const HOLD_SECONDS = 4;

/** Open holds that someone may have of an event (ORDER_OPEN_HOLDS), and tickets of the first of a sale's two. */
export const MAX_OPEN_HOLDS = 3;
export const MAX_TICKETS = 5;
/** Of the event's smallest ticket type that costs something. */
export const MAX_BOX_TICKETS = 2;

/** Worst that a service's clock is wrong by, either way. */
export const MAX_CLOCK_OFFSET_MS = 5_000;

/**
 * Everything has to settle this long after the last fault. What bounds it: a process that was killed while it carried out
 * an effect keeps it for a minute (the outbox' lease); then come Stripe's retries, up to five seconds apart, and a sweep
 * every second.
 */
export const SETTLE_LIMIT_MS = 90_000;
