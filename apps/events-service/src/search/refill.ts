import type { Logger } from '@ticketing/service-kit/log';
import { inTransaction } from '@ticketing/service-kit/postgres';
import { startRounds, type Rounds } from '@ticketing/service-kit/rounds';
import type pg from 'pg';
import { FOLDING_MARK, searchWords } from './stored-words.ts';

/** How often a replica looks for events that the release before has written meanwhile. */
const LOOK_EVERY_MS = 60_000;
/** Few enough that nobody who changes one of them waits long for the batch. */
const BATCH = 200;
/** Any number will do, as long as nothing else uses it. */
const REFILL_LOCK = 72_707_374;

/**
 * Gives the events that the release before has written the words that this one searches by: at the start, batch by batch,
 * and from time to time, since its replicas may go on writing. Every replica may run one; it goes on where another one
 * has died.
 */
export function startSearchRefill(pool: pg.Pool, log: Logger, everyMs = LOOK_EVERY_MS): Rounds {
  let events = 0;
  return startRounds({
    work: async () => {
      const refilled = await refillBatch(pool);
      events += refilled;
      if (refilled === BATCH) return true;
      if (events > 0) log.info({ events }, 'search words refilled');
      events = 0;
      return false;
    },
    everyMs,
    name: 'refill search words',
    log,
  });
}

/**
 * Refills some events, the latest first, and returns how many: fewer than a batch if there are no more, if others are
 * being changed right now, or none at all while another replica is at it. What is shown of an event stays as it is, and
 * so do its version and the cache: a search that was kept finds it when it is made anew, within the cache's TTL.
 */
export function refillBatch(pool: pg.Pool): Promise<number> {
  return inTransaction(pool, async (client) => {
    const { rows: turn } = await client.query<{ isMine: boolean }>('select pg_try_advisory_xact_lock($1) as "isMine"', [
      REFILL_LOCK,
    ]);
    if (!turn[0]?.isMine) return 0;
    // Title and venue stay as they were read until the words are written.
    const { rows } = await client.query<{ id: string; title: string; venue: string }>(
      `select id, title, venue
      from events
      where '${FOLDING_MARK}' <> all (search_words)
      order by starts_at desc
      limit $1
      for no key update skip locked`,
      [BATCH],
    );
    if (rows.length === 0) return 0;
    const refilled = rows.map(({ id, title, venue }) => ({ id, words: searchWords(title, venue) }));
    await client.query(
      `update events e
      set search_words = array(select jsonb_array_elements_text(r.words))
      from jsonb_to_recordset($1::jsonb) as r (id uuid, words jsonb)
      where e.id = r.id`,
      [JSON.stringify(refilled)],
    );
    return rows.length;
  });
}
