import { setTimeout as pause } from 'node:timers/promises';
import { unavailable } from '@ticketing/service-kit/problem';
import type pg from 'pg';

/** Leave to serve copies, which the database gives and takes away. */
export interface CachePermit {
  /** The epoch that copies must be of, or undefined if the database has not confirmed it lately. */
  epoch: () => string | undefined;
  /**
   * Ends the epoch: when this has returned, no replica serves a copy that was made before it was called. Takes as long
   * as a permit lasts. It throws UNAVAILABLE if the database does not answer.
   */
  endEpoch: () => Promise<void>;
  close: () => void;
}

/** How long a replica may go on without hearing from the database. */
const PERMIT_MS = 2_000;
const RENEW_EVERY_MS = 400;
/** Clocks of two machines do not run equally fast. */
const CLOCK_MARGIN_MS = 50;

/**
 * Renews the permit in the background, on a pool of its own, lest a busy database look like one that is away.
 * A write whose invalidation does not reach Redis ends the epoch, so that copies end although nobody could delete them.
 */
export function startPermit(pool: pg.Pool): CachePermit {
  let permit: { epoch: string; untilMs: number } | undefined;
  let isRenewing = false;

  const renew = async () => {
    if (isRenewing) return;
    isRenewing = true;
    // Counted from before the question, so that whoever ends the epoch can tell when the last permit is over.
    const untilMs = performance.now() + PERMIT_MS;
    try {
      const { rows } = await pool.query<{ epoch: string }>({
        name: 'read-cache-epoch',
        // With the database's name: stacks that share a Redis do not share copies.
        text: `select current_database() || ' ' || epoch as epoch from cache_epoch where id = 1`,
      });
      if (rows[0]) permit = { epoch: rows[0].epoch, untilMs };
    } catch {
      // The permit runs out. Reads then go to the database, and tell whoever wants to know what is wrong with it.
    } finally {
      isRenewing = false;
    }
  };
  void renew();
  const renewing = setInterval(() => void renew(), RENEW_EVERY_MS).unref();

  return {
    epoch: () => (permit && performance.now() < permit.untilMs ? permit.epoch : undefined),
    endEpoch: async () => {
      try {
        await pool.query('update cache_epoch set epoch = epoch + 1 where id = 1');
      } catch (cause) {
        throw unavailable('The change may be stored, but older copies may be about. Try again shortly.', cause);
      }
      permit = undefined;
      await pause(PERMIT_MS + CLOCK_MARGIN_MS);
    },
    close: () => clearInterval(renewing),
  };
}
