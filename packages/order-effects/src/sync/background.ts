import { databaseNow, readSyncedUntil, withSyncLock } from '@ticketing/order-core/provider-sync';
import { startRounds, type Rounds } from '@ticketing/service-kit/rounds';
import { RESOURCES, type Resource } from './list.ts';
import { finish, sinceLast } from './sync.ts';
import { startWalk, step, type SyncOptions, type Walk } from './walk.ts';

/** What Stripe has is gone through so often, by one process of all. */
const EVERY_MS = 10 * 60_000;
/** How often a process looks whether it is time, and how long after its start it first does. */
const LOOK_EVERY_MS = 60_000;
/** Pages of 100 in one round; a round that is not through goes on with the next. */
const PAGES_PER_ROUND = 50;

export interface SyncTimes {
  everyMs: number;
  lookEveryMs: number;
  pagesPerRound: number;
}

const TIMES: SyncTimes = { everyMs: EVERY_MS, lookEveryMs: LOOK_EVERY_MS, pagesPerRound: PAGES_PER_ROUND };

/** Goes through what Stripe has since the last time, again and again. Every process may run one. */
export function startSync(options: SyncOptions, times: Partial<SyncTimes> = {}): Pick<Rounds, 'close'> {
  const all = { ...TIMES, ...times };
  return startRounds({
    work: createSyncRound(options, all),
    everyMs: all.lookEveryMs,
    firstAfterMs: all.lookEveryMs,
    name: 'sync with Stripe',
    log: options.log,
  });
}

/** One round: whether there is more to do now. Where it stopped is kept in memory; a process that dies begins again. */
export function createSyncRound(
  options: SyncOptions,
  { everyMs, pagesPerRound }: Pick<SyncTimes, 'everyMs' | 'pagesPerRound'> = TIMES,
): (signal: AbortSignal) => Promise<boolean> {
  const { pool } = options.db;
  const walks = new Map<Resource, UnderWay>();
  return async (signal) => {
    // Most of the time it is not due: no connection is opened for that.
    if (!(await dueResources()).length) return false;
    return (await withSyncLock(pool, () => goThrough(signal))) ?? false;
  };

  async function dueResources(): Promise<Due[]> {
    const now = await databaseNow(pool);
    const syncedUntil = await readSyncedUntil(pool);
    return RESOURCES.flatMap((resource) => {
      const last = syncedUntil.get(resource);
      const isDue = !last || now.getTime() - last.getTime() >= everyMs;
      return isDue ? [{ resource, since: sinceLast(resource, syncedUntil, now), last, now }] : [];
    });
  }

  async function goThrough(signal: AbortSignal): Promise<boolean> {
    let pages = 0;
    // Asked again under the lock: another process may have been through meanwhile.
    for (const due of await dueResources()) {
      const { resource } = due;
      const { walk, since } = walkOf(due);
      try {
        while (!walk.isDone) {
          if (signal.aborted || pages >= pagesPerRound) return true;
          pages++;
          await step(options, walk);
        }
        await finish(options, walk, since);
        walks.delete(resource);
      } catch (error) {
        // What one list cannot give must not keep the others from being gone through.
        options.log.warn({ err: error, resource }, 'what Stripe has could not be gone through; tried again later');
      }
    }
    return false;
  }

  function walkOf({ resource, since, last, now }: Due): UnderWay {
    const known = walks.get(resource);
    if (known && known.last?.getTime() === last?.getTime()) return known;
    const begun = { walk: startWalk(resource, since, now), since, last };
    walks.set(resource, begun);
    return begun;
  }
}

interface Due {
  resource: Resource;
  /** Where to begin. */
  since: Date;
  /** The end of the last time; undefined if there was none. */
  last: Date | undefined;
  now: Date;
}

/** By the end of the last one it is told whether another process has been through since. */
interface UnderWay extends Pick<Due, 'since' | 'last'> {
  walk: Walk;
}
