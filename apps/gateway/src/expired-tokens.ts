import type { Logger } from '@ticketing/service-kit/log';
import type { Database } from './database.ts';
import { deleteExpired } from './refresh-tokens.ts';

const SWEEP_INTERVAL_MS = 10 * 60_000;

/**
 * Deletes expired refresh tokens now and then, a batch each time. Returns what ends that. A sweep that fails is logged,
 * and the next one makes up for it.
 */
export function sweepExpired(db: Database, log: Logger, intervalMs = SWEEP_INTERVAL_MS): () => Promise<void> {
  let running = Promise.resolve();
  const timer = setInterval(() => {
    running = deleteExpired(db).then(
      (deleted) => log.debug({ deleted }, 'expired refresh tokens deleted'),
      (error: unknown) => log.warn({ err: error }, 'expired refresh tokens could not be deleted'),
    );
  }, intervalMs);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await running;
  };
}
