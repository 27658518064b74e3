import { setTimeout as wait } from 'node:timers/promises';
import { visit } from './behaviour.ts';
import { createBuyer } from './buyer.ts';
import { createOrganizer } from './organizer.ts';
import type { Place } from './place.ts';

export interface CrowdOptions {
  place: Place;
  /** Names them, so that those of another round are others. */
  name: string;
  buyers: number;
  durationMs: number;
}

export interface Crowd {
  /** How many have come, and how many of them have left. */
  progress: () => { arrived: number; left: number };
  /** What they did, how often. */
  ways: () => Record<string, number>;
  /** Settles when the sale is over and everyone has left. */
  done: Promise<void>;
}

/** So many of all come in the first part of the time: an on-sale opens with a rush. */
const RUSH = { share: 0.35, duringShare: 0.12 };
/** Visits under way at once; more wait outside. */
const MAX_INSIDE = 400;

/** Lets the buyers come, and the organizer work, for a while. Who comes when, and who does what, follows from the seed. */
export function gatherCrowd({ place, name, buyers, durationMs }: CrowdOptions): Crowd {
  const organizer = createOrganizer(place);
  const random = place.random.fork(`${name}/arrivals`);
  const arrivals = Array.from({ length: buyers }, () => arrivalMs(random.next(), random.next(), durationMs));
  arrivals.sort((a, b) => a - b);
  const ways: Record<string, number> = {};
  const inside = new Set<Promise<void>>();
  let arrived = 0;
  let left = 0;

  const admit = async () => {
    const started = performance.now();
    for (const [index, atMs] of arrivals.entries()) {
      const early = started + atMs - performance.now();
      if (early > 0) await wait(early, undefined, { signal: place.signal }).catch(() => undefined);
      if (place.signal.aborted) break;
      while (inside.size >= MAX_INSIDE) await Promise.race(inside);
      arrived++;
      const buyer = createBuyer(place, `${name}-buyer-${index + 1}`);
      const stay = visit(buyer, organizer).then((way) => {
        left++;
        ways[way] = (ways[way] ?? 0) + 1;
        inside.delete(stay);
      });
      inside.add(stay);
    }
    await Promise.all(inside);
  };

  return {
    progress: () => ({ arrived, left }),
    ways: () => ways,
    done: Promise.all([admit(), organizer.work(durationMs)]).then(() => undefined),
  };
}

function arrivalMs(part: number, within: number, durationMs: number): number {
  return part < RUSH.share ? within * RUSH.duringShare * durationMs : within * durationMs;
}
